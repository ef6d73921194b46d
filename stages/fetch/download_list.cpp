#include "stages/fetch/download_list.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "db/format/csv.h"
#include "db/format/file.h"
#include "db/format/text.h"
#include "stages/catalog/objaverse.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

// Throws what is wrong with a download, if anything is.
void check(const Download& download) {
  if (!download.url.starts_with("http://") && !download.url.starts_with("https://"))
    throw std::runtime_error("url '" + download.url + "' is neither http nor https (is base_url missing?)");
  const fs::path path(download.path);
  const auto is_up = [](const fs::path& name) { return name == ".."; };
  if (download.path.empty() || path.is_absolute() || !path.has_filename() || std::ranges::any_of(path, is_up))
    throw std::runtime_error("path '" + download.path + "' is no file beneath the folder of downloads");
  if (!download.sha256.empty() && download.sha256.size() != 64)
    throw std::runtime_error("sha256 '" + download.sha256 + "' has not 64 digits");
}

std::string joined(const std::string& base_url, const std::string& path) {
  if (path.find("://") != std::string::npos || base_url.empty()) return path;
  return base_url + (base_url.ends_with('/') ? "" : "/") + path;
}

std::string last_part(const std::string& url) {
  const std::string path = url.substr(0, url.find_first_of("?#"));
  return path.substr(path.rfind('/') + 1);
}

std::string extension_of(const std::string& url) { return fs::path(last_part(url)).extension().string(); }

Download download_of(const CsvTable& table, const CsvTable::Row& row, const std::string& base_url) {
  const auto field = [&](const char* column) {
    const auto index = table.column(column);
    return index ? row.fields[*index] : std::string{};
  };
  Download download{field("path"), field("url"), field("sha256"), -1};
  if (download.url.empty() && !download.path.empty()) download.url = joined(base_url, download.path);
  download.url = joined(base_url, download.url);
  if (download.path.empty())
    download.path =
        field("uid").empty() ? last_part(download.url) : field("uid") + extension_of(download.url);
  download.sha256 = lower_case(std::move(download.sha256));
  if (const std::string bytes = field("bytes"); !bytes.empty()) {
    download.bytes = number_in<std::int64_t>(bytes).value_or(-1);
    if (download.bytes < 0) throw std::runtime_error("bytes '" + bytes + "' is no size");
  }
  return download;
}

std::vector<Download> read_table(const fs::path& file, const std::string& base_url) {
  const CsvTable table =
      parse_csv(read_text_file(file), file.string(), file.extension() == ".tsv" ? '\t' : char{0});
  if (!table.column("url") && !table.column("path"))
    throw std::runtime_error(file.string() + ":1: neither a column 'url' nor a column 'path'");
  std::vector<Download> downloads;
  for (const CsvTable::Row& row : table.rows) {
    try {
      downloads.push_back(download_of(table, row, base_url));
      check(downloads.back());
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(file.string() + ":" + std::to_string(row.line) + ": " + error.what());
    }
  }
  return downloads;
}

std::vector<Download> read_object_paths(const fs::path& file, const std::string& base_url) {
  std::vector<Download> downloads;
  for (const auto& [uid, path] : read_object_paths_json(file)) {
    downloads.push_back({path, joined(base_url, path), {}, -1});
    try {
      check(downloads.back());
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(file.string() + ": " + uid + ": " + error.what());
    }
  }
  return downloads;
}

}  // namespace

std::vector<Download> read_download_list(const fs::path& file, const std::string& base_url) {
  std::vector<Download> downloads =
      is_json_file(file) ? read_object_paths(file, base_url) : read_table(file, base_url);
  std::set<std::string> seen;
  for (Download& download : downloads) {
    download.path = fs::path(download.path).lexically_normal().string();
    if (!seen.insert(download.path).second)
      throw std::runtime_error(file.string() + ": two downloads have the path '" + download.path + "'");
  }
  return downloads;
}

std::map<std::string, Download> read_download_lists(const std::vector<fs::path>& files,
                                                    const std::string& base_url) {
  std::map<std::string, Download> all;
  for (const fs::path& file : files)
    for (Download& download : read_download_list(file, base_url)) {
      const std::string path = download.path;
      if (!all.try_emplace(path, std::move(download)).second)
        throw std::runtime_error(file.string() + ": another list has the path '" + path + "' too");
    }
  return all;
}

}  // namespace funcorr
