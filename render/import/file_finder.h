#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "render/import/asset_folder.h"

namespace funcorr {

// Folders in which people keep textures, beside a mesh or one level up; the last as Google Scanned Objects
// do.
inline constexpr std::array kTextureFolders{"textures", "images", "maps", "materials/textures"};

// Finds the textures and material libraries that a mesh file names, where people keep them: at the path
// itself where that lies beneath the catalogued root, else by the base name beside the mesh or in one of
// kTextureFolders next to it or one level up. Each is tried as it is spelled, then without what exporters
// add or other systems forgive: blanks and quotes around it, file:, %20, another case or encoding (a name
// that several files answer to is none's). Nothing outside the root is opened. Not thread-safe.
class FileFinder {
 public:
  explicit FileFinder(const AssetFolder& folder) : folder_(folder) {}

  struct Found {
    std::string path;      // beneath the root
    bool as_named = true;  // false: elsewhere, or spelled otherwise
  };
  // `reference` as the file `base` names it (either slash).
  std::optional<Found> find(const std::string& base, const std::string& reference);

 private:
  // A name in a folder, and what it may read as.
  using Listing = std::vector<std::pair<std::string, std::vector<std::string>>>;
  const Listing& listing(const std::string& folder);
  std::optional<std::string> alike_in(const std::string& folder, const std::string& name);
  // The one file that is called so but for case and encoding.
  std::optional<std::string> find_alike(const std::string& path);

  const AssetFolder& folder_;
  std::map<std::string, Listing> listings_;
};

// What a file's name may read as, for comparison: lower case, letters of Latin-1 without their accents; one
// that is no UTF-8 in each of the encodings that archives and exporters leave behind.
std::vector<std::string> readings_of(const std::string& name);

}  // namespace funcorr
