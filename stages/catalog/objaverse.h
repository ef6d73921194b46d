#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace funcorr {

// What a file of an Objaverse mirror says of one asset; empty where it says nothing.
struct ObjaverseEntry {
  std::string uid, category, name, caption;
};

// The JSON files that come with Objaverse 1.0 (plain or gzip), told apart by their shape:
//   lvis-annotations.json  {"Coffee_mug": ["<uid>", …], …}   → categories, "coffee mug": lower case, without
//   the
//                          underscores and without what stands in parentheses
//   metadata/000-NNN.json  {"<uid>": {"name", "description", "tags": [{"name"}], …}, …} → name, and as
//   caption
//                          the name, the description's first 500 characters and the tags
//   object-paths.json      {"<uid>": "glbs/…/<uid>.glb", …}  → nothing; it is recognised, not an error
// Throws std::runtime_error naming the file and what was found there. Files of more than 1 GB (unpacked) are
// refused.
std::vector<ObjaverseEntry> read_objaverse_json(const std::filesystem::path& file);

// (uid, path) of an object-paths.json; errors likewise.
std::vector<std::pair<std::string, std::string>> read_object_paths_json(const std::filesystem::path& file);

// ".json" or ".json.gz".
bool is_json_file(const std::filesystem::path& file);

// 32 hex digits.
bool is_objaverse_uid(const std::string& text);

}  // namespace funcorr
