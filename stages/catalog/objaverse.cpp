#include "stages/catalog/objaverse.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <stdexcept>

#include <nlohmann/json.hpp>
#include <zlib.h>

#include "db/format/json.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kMostBytes = std::size_t{1} << 30;
constexpr std::size_t kMostDescription = 500;  // bytes

// A file's text, unpacked where it is gzip.
std::string read_text(const fs::path& file) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> in(gzopen(file.c_str(), "rb"), gzclose);
  if (in == nullptr) throw std::runtime_error("cannot read " + file.string());
  std::string text, block(1 << 20, '\0');
  for (;;) {
    const int got = gzread(in.get(), block.data(), static_cast<unsigned>(block.size()));
    if (got < 0) throw std::runtime_error(file.string() + ": damaged gzip data");
    if (got == 0) return text;
    if (text.size() + static_cast<std::size_t>(got) > kMostBytes)
      throw std::runtime_error(file.string() + ": more than 1 GB of text");
    text.append(block, 0, static_cast<std::size_t>(got));
  }
}

// Whole UTF-8 characters only.
std::string shortened(std::string text) {
  if (text.size() <= kMostDescription) return text;
  std::size_t end = kMostDescription;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

std::string caption_of(const json& annotation) {
  std::string caption = text_member(annotation, "name");
  const auto add = [&](const std::string& text, const char* separator) {
    if (text.empty()) return;
    caption += (caption.empty() ? "" : separator) + text;
  };
  add(shortened(text_member(annotation, "description")), ". ");
  std::string tags;
  if (const auto list = annotation.find("tags"); list != annotation.end() && list->is_array())
    for (const json& tag : *list)
      if (const std::string name = tag.is_object() ? text_member(tag, "name") : ""; !name.empty())
        tags += (tags.empty() ? "" : ", ") + name;
  add(tags, ". Tags: ");
  std::ranges::replace_if(
      caption, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return caption;
}

// "Bow_(weapon)" → "bow".
std::string category_of(std::string name) {
  name = name.substr(0, name.find('('));
  for (char& c : name) c = c == '_' ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  name.erase(name.find_last_not_of(' ') + 1);
  return name;
}

void add_list(const std::string& category, const json& uids, std::vector<ObjaverseEntry>& entries) {
  for (const json& uid : uids) {
    if (!uid.is_string()) throw std::runtime_error("category '" + category + "' should list uids");
    entries.push_back({uid.get<std::string>(), category_of(category), {}, {}});
  }
}

}  // namespace

bool is_objaverse_uid(const std::string& text) {
  return text.size() == 32 &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) || (c >= 'a' && c <= 'f'); });
}

bool is_json_file(const fs::path& file) {
  return file.extension() == ".json" || (file.extension() == ".gz" && file.stem().extension() == ".json");
}

std::vector<std::pair<std::string, std::string>> read_object_paths_json(const fs::path& file) {
  const json document = json::parse(read_text(file), nullptr, false);
  if (!document.is_object()) throw std::runtime_error(file.string() + ": no JSON object");
  std::vector<std::pair<std::string, std::string>> paths;
  for (const auto& [uid, path] : document.items()) {
    if (!path.is_string())
      throw std::runtime_error(file.string() + ": the path of '" + uid + "' should be a string");
    paths.emplace_back(uid, path.get<std::string>());
  }
  return paths;
}

std::vector<ObjaverseEntry> read_objaverse_json(const fs::path& file) {
  const json document = json::parse(read_text(file), nullptr, false);
  if (!document.is_object()) throw std::runtime_error(file.string() + ": no JSON object");
  std::vector<ObjaverseEntry> entries;
  try {
    for (const auto& [key, value] : document.items()) {
      if (value.is_array())
        add_list(key, value, entries);
      else if (is_objaverse_uid(key) && value.is_object())
        entries.push_back({key, {}, text_member(value, "name"), caption_of(value)});
      else if (!is_objaverse_uid(key) || !value.is_string())
        throw std::runtime_error("'" + key +
                                 "' is neither a category with its uids nor a uid with its annotation");
    }
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(file.string() + ": " + error.what());
  }
  return entries;
}

}  // namespace funcorr
