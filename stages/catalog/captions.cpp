#include "stages/catalog/captions.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "db/format/csv.h"
#include "db/format/file.h"
#include "stages/catalog/objaverse.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

char delimiter_of(const fs::path& file) { return file.extension() == ".tsv" ? '\t' : char{0}; }

}  // namespace

void Captions::read(const fs::path& file) {
  if (is_json_file(file))
    read_json(file);
  else
    read_table(file);
}

void Captions::read_json(const fs::path& file) {
  for (ObjaverseEntry& entry : read_objaverse_json(file)) {
    by_uid_.emplace(std::move(entry.uid), rows_.size());
    rows_.push_back({file.filename().string(),
                     std::move(entry.caption),
                     std::move(entry.category),
                     std::move(entry.name),
                     {}});
  }
}

void Captions::read_table(const fs::path& file) {
  std::string text = read_text_file(file);
  if (is_objaverse_uid(text.substr(0, text.find(',')))) text.insert(0, "uid,caption\n");
  const CsvTable table = parse_csv(text, file.string(), delimiter_of(file));
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

std::vector<fs::path> caption_tables(const std::vector<fs::path>& paths) {
  std::vector<fs::path> tables;
  for (const fs::path& path : paths) {
    if (!fs::is_directory(path)) {
      tables.push_back(path);
      continue;
    }
    std::set<fs::path> found;
    for (const auto& entry : fs::directory_iterator(path))
      if (is_json_file(entry.path()) || entry.path().extension() == ".csv" ||
          entry.path().extension() == ".tsv")
        found.insert(entry.path());
    if (found.empty())
      throw std::runtime_error("the folder " + path.string() + " holds no tables of captions");
    tables.insert(tables.end(), found.begin(), found.end());
  }
  return tables;
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
