#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace funcorr {

// One file to be downloaded.
struct Download {
  std::string path;         // beneath the folder of downloads
  std::string url;          // http or https
  std::string sha256;       // lower case; empty: not known
  std::int64_t bytes = -1;  // −1: not known
};

// A list of downloads: a CSV or TSV with columns url (or path beneath `base_url`), and any of path, uid,
// sha256, bytes — without a path, the file is named by the uid or by the URL's last part —, or Objaverse's
// object-paths.json (plain or gzip): {"<uid>": "glbs/…/<uid>.glb"}, beneath `base_url`. A path that is
// absolute or leads out of its folder, a URL of another scheme, and two files of one path are errors. Throws
// std::runtime_error "file:line: what is wrong".
std::vector<Download> read_download_list(const std::filesystem::path& file, const std::string& base_url);
// All downloads of some lists, by path; two lists with one path are an error too.
std::map<std::string, Download> read_download_lists(const std::vector<std::filesystem::path>& files,
                                                    const std::string& base_url);

}  // namespace funcorr
