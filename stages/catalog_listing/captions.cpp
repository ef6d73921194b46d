#include "stages/catalog_listing/captions.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#include "stages/catalog_listing/csv.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read the table of captions " + file.string());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

char delimiter_of(const fs::path& file) { return file.extension() == ".tsv" ? '\t' : char{0}; }

}  // namespace

void Captions::read(const fs::path& file) {
  const CsvTable table = parse_csv(read_text(file), file.string(), delimiter_of(file));
  const auto uid = table.column("uid"), path = table.column("path");
  if (!uid && !path)
    throw std::runtime_error(
        file.string() + ":1: neither a column 'uid' nor a column 'path' says which asset a row is about");
  const auto field = [&](const CsvTable::Row& row, const std::string& column) {
    const auto index = table.column(column);
    return index ? row.fields[*index] : std::string{};
  };
  for (const CsvTable::Row& row : table.rows) {
    CaptionRow entry{file.filename().string(), field(row, "caption"), field(row, "category"),
                     field(row, "name"), field(row, "up")};
    const auto fail = [&](const std::string& what) {
      throw std::runtime_error(file.string() + ":" + std::to_string(row.line) + ": " + what);
    };
    if (!entry.up.empty() && entry.up != "y" && entry.up != "z")
      fail("up is '" + entry.up + "', y or z is right");
    const std::string uid_here = uid ? row.fields[*uid] : "", path_here = path ? row.fields[*path] : "";
    if (uid_here.empty() && path_here.empty()) fail("neither uid nor path");
    if (!uid_here.empty()) by_uid_.emplace(uid_here, rows_.size());
    if (!path_here.empty()) {
      by_path_.emplace(fs::path(path_here).lexically_normal().string(), rows_.size());
      by_path_.emplace((fs::absolute(file).parent_path() / path_here).lexically_normal().string(),
                       rows_.size());
    }
    rows_.push_back(std::move(entry));
  }
}

std::vector<CaptionRow> Captions::find(const std::string& uid, const std::string& path_in_root,
                                       const std::vector<std::string>& absolute_paths) const {
  std::set<std::size_t> found;
  const auto collect = [&](const auto& index, const std::string& key) {
    const auto [begin, end] = index.equal_range(key);
    for (auto it = begin; it != end; ++it) found.insert(it->second);
  };
  collect(by_uid_, uid);
  collect(by_path_, path_in_root);
  for (const std::string& path : absolute_paths) collect(by_path_, path);
  std::vector<CaptionRow> rows;
  for (const std::size_t i : found) rows.push_back(rows_[i]);
  return rows;
}

}  // namespace funcorr
