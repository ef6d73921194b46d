#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "db/format/text.h"
#include "db/manifest/assets.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "db/manifest/taxonomy.h"

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

// The item of locate, "uid/part/rim" or "uid/function/pour-with", of a run with a name "uid/part:<name>/rim":
// what is looked for in the views of the ground-truth pairs that show the asset.
inline std::string pair_box_item(const PairBoxKey& key) {
  return key.uid + "/" + std::string(to_string(key.subject)) + (key.vlm.empty() ? "" : ":" + key.vlm) + "/" +
         key.name;
}
inline PairBoxKey pair_box_key(const std::string& item) {
  const auto [uid, rest] = PartItem::from_key(item);
  const auto [kind, name] = PartItem::from_key(rest);
  const std::size_t colon = kind.find(':');
  return {uid, require_name<BoxSubject>(kind.substr(0, colon)), name,
          colon == std::string::npos ? "" : kind.substr(colon + 1)};
}

// Names of the runs of locate that have settled items, for each of what they asked for.
inline std::map<BoxSubject, std::set<std::string>> locate_runs(Manifest& manifest) {
  std::map<BoxSubject, std::set<std::string>> runs;
  for_each_done_item(manifest, "locate", [&](const DoneItem& item) {
    const PairBoxKey key = pair_box_key(item.key);
    runs[key.subject].insert(key.vlm);
  });
  return runs;
}

// The asset's labelling views that show something.
inline std::vector<int> shown_views(Manifest& manifest, const std::string& uid) {
  std::vector<int> views;
  for (const View& view : views_of(manifest, uid, ViewSet::kLabel))
    if (!view.flags.contains(ViewFlag::kBlank)) views.push_back(view.index);
  return views;
}

// The parts of assets by their categories, each category read once.
class AssetParts {
 public:
  explicit AssetParts(Manifest& manifest) : manifest_(manifest) {}

  // In name order; none for an asset without a category, or of one without parts. A part that performs no
  // function is there because files name it: it is a part of those assets alone.
  std::vector<Part> of(const std::string& uid) {
    const auto asset = find_asset(manifest_, uid);
    std::vector<Part> parts = of_category(asset ? asset->category : std::string());
    const auto only_named = [](const Part& part) { return part.functions.empty(); };
    if (std::any_of(parts.begin(), parts.end(), only_named)) {
      const std::set<std::string> named = names_in_files(uid);
      std::erase_if(parts, [&](const Part& part) { return only_named(part) && !named.contains(part.name); });
    }
    return parts;
  }

  // Parts of the category that perform the function, in name order.
  std::vector<Part> performing(const std::string& category, const std::string& function) {
    std::vector<Part> parts = of_category(category);
    std::erase_if(parts, [&](const Part& part) { return std::ranges::count(part.functions, function) == 0; });
    return parts;
  }

  // Throws std::runtime_error when the asset's category has no such part (any more).
  const Part& at(const PartItem& item) {
    const auto asset = find_asset(manifest_, item.uid);
    for (const Part& part : of_category(asset ? asset->category : std::string()))
      if (part.name == item.part) return part;
    throw std::runtime_error("the category of asset " + item.uid + " has no part \"" + item.part +
                             "\"; see funcorr-parts");
  }

 private:
  std::set<std::string> names_in_files(const std::string& uid) {
    std::set<std::string> names;
    if (const auto geometry = asset_geometry(manifest_, uid))
      for (const std::string& name : geometry->part_names) names.insert(lower_case(name));
    return names;
  }

  const std::vector<Part>& of_category(const std::string& category) {
    const auto [found, is_new] = by_category_.try_emplace(category);
    if (is_new && !category.empty()) found->second = parts_of_category(manifest_, category);
    return found->second;
  }

  Manifest& manifest_;
  std::map<std::string, std::vector<Part>> by_category_;
};

// The keys of some parts of rendered assets, so many at most, from all over the workspace.
inline std::vector<std::string> some_rendered_parts(Manifest& manifest, int most) {
  std::vector<std::string> all, some;
  AssetParts parts(manifest);
  for_each_done_item(manifest, "render", [&](const DoneItem& rendered) {
    for (const Part& part : parts.of(rendered.key)) all.push_back(PartItem{rendered.key, part.name}.key());
  });
  const std::size_t count = std::min(all.size(), static_cast<std::size_t>(most));
  for (std::size_t i = 0; i < count; ++i) some.push_back(all[i * all.size() / count]);
  return some;
}

}  // namespace funcorr
