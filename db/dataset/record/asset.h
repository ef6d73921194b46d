#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace funcorr {

struct Asset {
  std::string uid;     // 32 hex digits
  std::string name;    // path relative to its root, for people
  std::string root;    // absolute folder the asset was catalogued from
  std::string path;    // relative to root: a file, or a folder of part files
  std::string format;  // "glb", "obj" …; of the first part for a folder
  bool is_part_folder = false;
  std::int64_t bytes = 0;    // of the mesh file(s)
  std::string content_hash;  // of mesh files, sidecar and sibling files it may refer to
  std::string sidecar;       // relative to root; empty where there is none
  std::string category;      // empty: not known yet
  std::string up = "y";      // "y" or "z": the axis that is up in the stored file
};

// Format of an asset of which only crops are known: an object of a published evaluation set. There is nothing
// to import or render.
inline constexpr const char* kCropsFormat = "crops";

// What filter found. Stored for accepted assets only (a rejected one has its reason in `item`).
struct AssetGeometry {
  std::int64_t triangles = 0, vertices = 0, degenerate_triangles = 0;
  int materials = 0, textures = 0;
  double extent[3] = {0, 0, 0};         // bounding-box sides before normalisation, asset units
  std::string flags;                    // comma-separated quality flags; empty when fine
  std::vector<std::string> part_names;  // parts by file, node name or sidecar; part id = index
  std::string facts_json;               // everything else that is worth querying later
};

struct Caption {
  std::string uid, source, text;
};

}  // namespace funcorr
