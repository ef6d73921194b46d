#include "db/dataset/workspace.h"

#include <cstdio>
#include <vector>

namespace funcorr {
namespace {

constexpr const char* kTensors = ".safetensors";

// No folder shall have too many entries: the uid's first two digits part them.
std::filesystem::path by_uid(const std::filesystem::path& folder, const std::string& uid) {
  return folder / uid.substr(0, 2);
}

}  // namespace

std::string encode_file_name(const std::string& name) {
  std::string encoded;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == ' ' || (c == '.' && !encoded.empty());
    if (plain) {
      encoded += c;
      continue;
    }
    char hex[4];
    std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    encoded += hex;
  }
  return encoded.empty() ? "%" : encoded;
}

std::filesystem::path Workspace::asset(const std::string& uid) const {
  return by_uid(root / "assets", uid) / uid;
}

std::filesystem::path Workspace::shard(const std::string& uid) const {
  return by_uid(shards(), uid) / (uid + kTensors);
}

std::filesystem::path Workspace::features(const std::string& uid) const {
  return by_uid(features(), uid) / (uid + kTensors);
}

void remove_surplus_assets(const std::filesystem::path& folder,
                           const std::function<bool(const std::string& uid)>& keep) {
  if (!std::filesystem::is_directory(folder)) return;
  std::vector<std::filesystem::path> surplus;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == kTensors && !keep(entry.path().stem().string()))
      surplus.push_back(entry.path());
  for (const std::filesystem::path& file : surplus) std::filesystem::remove(file);
}

}  // namespace funcorr
