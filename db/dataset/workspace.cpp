#include <cstdio>

#include "db/dataset/workspace.h"

namespace funcorr {

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

std::filesystem::path Workspace::heat(const std::string& uid, const std::string& part) const {
  return asset(uid) / "heat" / (encode_file_name(part) + ".npy");
}

std::filesystem::path Workspace::mask(const std::string& uid, const std::string& part, int view) const {
  char file[16];
  std::snprintf(file, sizeof file, "%04d.png", view);
  return asset(uid) / "mask" / encode_file_name(part) / file;
}

}  // namespace funcorr
