#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace funcorr {

// What a table says of an asset; empty where it says nothing.
struct CaptionRow {
  std::string source;  // the table's file name
  std::string caption, category, name, up;
};

// Captions of one or more tables (CSV or TSV), found by uid or by the absolute path of a mesh file.
class Captions {
 public:
  // CSV or TSV with columns by header name: uid or path (relative to the table's folder, or to the asset's
  // root), and any of caption, category, name, up; others are ignored. Without a header where the first row
  // is a uid and a caption, as Cap3D's table. Or a JSON file of Objaverse (see objaverse.h). Throws
  // std::runtime_error "file:line: what is wrong".
  void read(const std::filesystem::path& table);
  // Rows of an asset in the tables' order: by uid, by its path beneath its root, or by its absolute paths.
  std::vector<CaptionRow> find(const std::string& uid, const std::string& path_in_root,
                               const std::vector<std::string>& absolute_paths) const;
  std::size_t rows() const { return rows_.size(); }

 private:
  std::vector<CaptionRow> rows_;
  void read_table(const std::filesystem::path& file);
  void read_json(const std::filesystem::path& file);
  std::unordered_multimap<std::string, std::size_t> by_uid_, by_path_;
};

// Folders replaced by the tables in them (.csv, .tsv, .json, .json.gz; in name order).
std::vector<std::filesystem::path> caption_tables(const std::vector<std::filesystem::path>& paths);

}  // namespace funcorr
