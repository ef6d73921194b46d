#include "render/import/file_finder.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include <iconv.h>

#include "db/format/text.h"
#include "render/import/utf8.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestPath = 4096;  // PATH_MAX

void add_new(std::vector<std::string>& list, std::string item) {
  if (!item.empty() && std::ranges::find(list, item) == list.end()) list.push_back(std::move(item));
}

// The reference with slashes as ours, and with what may stand around a path taken away.
std::vector<std::string> spellings_of(std::string reference) {
  std::ranges::replace(reference, '\\', '/');
  std::vector<std::string> spellings{reference};
  const std::size_t begin = reference.find_first_not_of(" \t\r\n\"'");
  if (begin == std::string::npos) return spellings;
  std::string bare = reference.substr(begin, reference.find_last_not_of(" \t\r\n\"'") + 1 - begin);
  add_new(spellings, bare);
  if (lower_case(bare.substr(0, 5)) == "file:") bare.erase(0, bare.compare(5, 2, "//") == 0 ? 7 : 5);
  add_new(spellings, bare);
  add_new(spellings, percent_decoded(bare));
  return spellings;
}

// Beneath the root, where it leads there.
std::optional<std::string> path_beneath(const fs::path& root, const fs::path& folder, const fs::path& name) {
  fs::path path = name;
  if (name.is_absolute()) {
    const fs::path below = name.lexically_normal().lexically_relative(root);
    if (root.empty() || below.empty()) return std::nullopt;
    path = below;
  } else {
    path = (folder / name).lexically_normal();
  }
  if (!path.has_filename() || *path.begin() == ".." || path == ".") return std::nullopt;
  return path.string();
}

std::vector<fs::path> usual_folders(const fs::path& folder) {
  std::vector<fs::path> folders{folder};
  const auto add_below = [&](const fs::path& parent) {
    for (const char* name : kTextureFolders) folders.push_back(parent / name);
  };
  add_below(folder);
  if (!folder.empty()) add_below(folder.parent_path());
  return folders;
}

std::optional<std::string> converted(const std::string& text, const char* encoding) {
  const iconv_t converter = iconv_open("UTF-8", encoding);
  if (converter == reinterpret_cast<iconv_t>(-1)) return std::nullopt;  // not installed here
  std::string in = text, out(4 * text.size(), '\0');
  char *from = in.data(), *to = out.data();
  std::size_t left = in.size(), room = out.size();
  const bool done = iconv(converter, &from, &left, &to, &room) != static_cast<std::size_t>(-1);
  iconv_close(converter);
  if (!done) return std::nullopt;
  out.resize(out.size() - room);
  return out;
}

// UTF-8 for comparison: "Ä", "ä", and "a" with a combining diaeresis (as macOS writes it) are all "a".
std::string folded(const std::string& text) {
  constexpr std::string_view kBase = "aaaaaa.ceeeeiiii.nooooo..uuuuy.y";  // of U+00E0 to U+00FF; '.': none
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto at = [&](std::size_t k) { return k < text.size() ? static_cast<unsigned char>(text[k]) : 0u; };
    if (at(i) == 0xcc || (at(i) == 0xcd && at(i + 1) <= 0xaf)) {  // U+0300 to U+036F
      ++i;
    } else if (at(i) == 0xc3 && at(i + 1) != 0x97 && at(i + 1) != 0xb7) {
      const unsigned letter = at(++i) & 0x1f;
      if (kBase[letter] == '.')
        out.append("\xc3").append(1, static_cast<char>(0xa0 | letter));
      else
        out += kBase[letter];
    } else {
      out += text[i];
    }
  }
  return lower_case(out);
}

}  // namespace

std::vector<std::string> readings_of(const std::string& name) {
  if (as_valid_utf8(name) == name) return {folded(name)};
  std::vector<std::string> readings;
  for (const char* encoding : {"CP1252", "CP437", "CP850", "CP1251", "CP932", "GBK", "BIG5", "EUC-KR"})
    if (const auto text = converted(name, encoding)) add_new(readings, folded(*text));
  return readings;
}

const FileFinder::Listing& FileFinder::listing(const std::string& folder) {
  const auto [entry, is_new] = listings_.try_emplace(folder);
  if (is_new)
    for (const std::string& name : folder_.list(folder)) entry->second.emplace_back(name, readings_of(name));
  return entry->second;
}

std::optional<std::string> FileFinder::alike_in(const std::string& folder, const std::string& name) {
  const std::vector<std::string> readings = readings_of(name);
  std::optional<std::string> found;
  for (const auto& [other, others] : listing(folder)) {
    if (std::ranges::find_first_of(readings, others) == readings.end()) continue;
    if (found) return std::nullopt;
    found = other;
  }
  return found;
}

std::optional<std::string> FileFinder::find_alike(const std::string& path) {
  fs::path at;
  for (const fs::path& name : fs::path(path)) {
    if (folder_.kind_of((at / name).string()) != AssetFolder::Kind::kNothing) {
      at /= name;
    } else {
      const auto alike = alike_in(at.string(), name.string());
      if (!alike) return std::nullopt;
      at /= *alike;
    }
  }
  if (folder_.kind_of(at.string()) != AssetFolder::Kind::kFile) return std::nullopt;
  return at.string();
}

std::optional<FileFinder::Found> FileFinder::find(const std::string& base, const std::string& reference) {
  if (reference.empty() || reference.size() > kLongestPath || reference.find('\0') != std::string::npos)
    return std::nullopt;
  const fs::path folder = fs::path(base).parent_path();
  const std::vector<std::string> spellings = spellings_of(reference);
  std::vector<std::string> paths;
  for (const std::string& spelling : spellings)
    if (const auto path = path_beneath(folder_.path(), folder, spelling)) add_new(paths, *path);
  for (const std::string& path : paths) {
    const AssetFolder::Kind kind = folder_.kind_of(path);
    const bool as_named = path == path_beneath(folder_.path(), folder, spellings[0]);
    if (kind == AssetFolder::Kind::kFile || (as_named && kind == AssetFolder::Kind::kOther))
      return Found{path, as_named};
  }
  for (const fs::path& usual : usual_folders(folder))
    for (const std::string& spelling : spellings)
      if (const fs::path name = fs::path(spelling).filename(); !name.empty() && name != "." && name != "..")
        add_new(paths, (usual / name).string());
  for (const std::string& path : paths)
    if (const auto found = find_alike(path)) return Found{*found, false};
  return std::nullopt;
}

}  // namespace funcorr
