#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "db/format/transform.h"

namespace funcorr {

// A function that an object performs: by which parts, and the similarity from function space, where the
// functional part is canonical.
struct FunctionFrame {
  std::vector<std::string> parts;  // names or aliases
  Transform normalized_from_function;
};

// geometry.json in an asset's folder: what its files tell of its shape beside the mesh.
struct Geometry {
  Transform normalized_from_asset;
  std::int64_t triangles = 0;
  std::vector<std::string> parts;                                // names, by part id
  std::map<std::string, std::vector<std::string>> part_aliases;  // what else parts are called → those parts
  std::vector<std::string> warnings;                             // of the import
  std::map<std::string, FunctionFrame> functions;                // by name

  // Ids of the parts that a name means: of its alias's, else of the part of that name; none where no part is
  // called so.
  std::set<std::int16_t> part_ids(const std::string& name) const;
};

std::filesystem::path geometry_path(const std::filesystem::path& asset_folder);
// Names need not be UTF-8: other bytes are replaced.
void save_geometry(const std::filesystem::path& file, const Geometry& geometry);
// Throws std::runtime_error that names the file and what is wrong with it.
Geometry load_geometry(const std::filesystem::path& file);

}  // namespace funcorr
