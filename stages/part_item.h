#pragma once

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "db/assets.h"
#include "db/taxonomy.h"

namespace funcorr {

// The item of ground, aggregate and mask: one part of one asset, "uid/part".
struct PartItem {
  std::string uid, part;

  std::string key() const { return uid + "/" + part; }
  static PartItem from_key(const std::string& key) {
    const std::size_t slash = key.find('/');
    if (slash == std::string::npos || slash == 0 || slash + 1 == key.size())
      throw std::runtime_error("\"" + key + "\" is no part of an asset: write it as uid/part");
    return {key.substr(0, slash), key.substr(slash + 1)};
  }
};

// The parts of assets by their categories, each category read once.
class AssetParts {
 public:
  explicit AssetParts(Manifest& manifest) : manifest_(manifest) {}

  // In name order; none for an asset without a category, or of one without parts.
  const std::vector<Part>& of(const std::string& uid) {
    const auto asset = find_asset(manifest_, uid);
    return of_category(asset ? asset->category : std::string());
  }

  // Throws std::runtime_error when the asset's category has no such part (any more).
  const Part& at(const PartItem& item) {
    for (const Part& part : of(item.uid))
      if (part.name == item.part) return part;
    throw std::runtime_error("the category of asset " + item.uid + " has no part \"" + item.part +
                             "\"; see funcorr-parts");
  }

 private:
  const std::vector<Part>& of_category(const std::string& category) {
    const auto [found, is_new] = by_category_.try_emplace(category);
    if (is_new && !category.empty()) found->second = parts_of_category(manifest_, category);
    return found->second;
  }

  Manifest& manifest_;
  std::map<std::string, std::vector<Part>> by_category_;
};

}  // namespace funcorr
