#include "train/data/splits.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "db/format/error.h"
#include "db/format/json.h"
#include "db/format/random.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

// The names in an order that only the seed and each name decide.
std::vector<std::string> shuffled(std::vector<std::string> names, std::uint64_t seed, const char* what) {
  std::vector<std::pair<std::uint64_t, std::string>> keyed;
  for (std::string& name : names) {
    const std::uint64_t key = item_seed(seed, what, name);
    keyed.push_back({key, std::move(name)});
  }
  std::sort(keyed.begin(), keyed.end());
  std::vector<std::string> ordered;
  for (auto& [key, name] : keyed) ordered.push_back(std::move(name));
  return ordered;
}

std::set<std::string> unseen_categories(const std::vector<std::string>& categories,
                                        const SplitOptions& options, std::uint64_t seed) {
  for (const std::string& wanted : options.unseen_categories)
    if (std::find(categories.begin(), categories.end(), wanted) == categories.end())
      throw std::invalid_argument("unseen category \"" + wanted + "\": no asset is of that category");
  if (!options.unseen_categories.empty())
    return {options.unseen_categories.begin(), options.unseen_categories.end()};
  const auto count = static_cast<std::ptrdiff_t>(
      std::lround(options.unseen_category_share * static_cast<double>(categories.size())));
  const std::vector<std::string> drawn = shuffled(categories, seed, "split category");
  return {drawn.begin(), drawn.begin() + count};
}

std::string uid_of(const std::string& entry) { return entry.substr(0, entry.find("---")); }

void read_list(const fs::path& file, Split split, std::map<std::string, Split>& splits) {
  const nlohmann::json list = read_json(file);
  if (!list.is_array()) throw std::runtime_error(file.string() + " is no JSON array");
  for (const nlohmann::json& entry : list) {
    if (!entry.is_string())
      throw std::runtime_error(file.string() + ": " + entry.dump() + " is no asset's name");
    const std::string uid = uid_of(entry.get<std::string>());
    if (!splits.emplace(uid, split).second)
      throw std::runtime_error(file.string() + ": " + uid + " stands in the split lists twice");
  }
}

std::map<std::string, Split> listed_splits(const std::vector<SplitCandidate>& candidates,
                                           const fs::path& lists) {
  const std::map<std::string, Split> listed = read_split_lists(lists);
  std::map<std::string, Split> splits;
  for (const SplitCandidate& asset : candidates)
    if (const auto found = listed.find(asset.uid); found != listed.end()) splits.insert(*found);
  return splits;
}

}  // namespace

const OptionList<SplitOptions>& SplitOptions::options() {
  static const OptionList<SplitOptions> list{
      // shards do not depend on the split
      option("test_share", &SplitOptions::test_share)
          .range(0, 1)
          .help("share of each seen category's assets that is held out for tests")
          .leaves_results(),
      option("unseen_category_share", &SplitOptions::unseen_category_share)
          .range(0, 1)
          .help("share of the categories that is held out as a whole")
          .leaves_results(),
      option("unseen_categories", &SplitOptions::unseen_categories)
          .help("the categories to hold out, in place of a random choice")
          .leaves_results(),
      option("split_lists", &SplitOptions::lists)
          .help("folder of train_split.json, test_split.json and unseen_test_split.json (lists of uids) in "
                "place of a random split")
          .leaves_results()};
  return list;
}

std::map<std::string, Split> split_assets(const std::vector<SplitCandidate>& candidates,
                                          const SplitOptions& options, std::uint64_t seed) {
  SplitOptions::options().check(options);
  try {
    return options.lists.empty() ? assign_splits(candidates, options, seed)
                                 : listed_splits(candidates, options.lists);
  } catch (const std::invalid_argument& error) {
    throw UsageError(std::string("pack: ") + error.what());
  } catch (const std::runtime_error& error) {
    throw UsageError(std::string("pack: split_lists: ") + error.what());
  }
}

std::map<std::string, Split> assign_splits(const std::vector<SplitCandidate>& candidates,
                                           const SplitOptions& options, std::uint64_t seed) {
  std::map<std::string, std::vector<std::string>> by_category;
  for (const SplitCandidate& asset : candidates) by_category[asset.category].push_back(asset.uid);
  std::vector<std::string> categories;
  for (const auto& [category, uids] : by_category) categories.push_back(category);
  const std::set<std::string> unseen = unseen_categories(categories, options, seed);
  std::map<std::string, Split> splits;
  for (auto& [category, uids] : by_category) {
    const auto tests =
        static_cast<std::size_t>(std::lround(options.test_share * static_cast<double>(uids.size())));
    std::size_t rank = 0;
    for (const std::string& uid : shuffled(std::move(uids), seed, "split asset"))
      splits[uid] = unseen.contains(category) ? Split::kUnseen
                    : rank++ < tests          ? Split::kTest
                                              : Split::kTrain;
  }
  return splits;
}

std::map<std::string, Split> read_split_lists(const fs::path& folder) {
  std::map<std::string, Split> splits;
  bool any = false;
  for (const auto& [name, split] : {std::pair{"train_split.json", Split::kTrain},
                                    {"test_split.json", Split::kTest},
                                    {"unseen_test_split.json", Split::kUnseen}}) {
    const fs::path file = folder / name;
    if (!fs::exists(file)) continue;
    any = true;
    read_list(file, split, splits);
  }
  if (!any)
    throw std::runtime_error(folder.string() +
                             ": none of train_split.json, test_split.json, unseen_test_split.json is there");
  return splits;
}

std::string split_counts(const std::vector<AssetSplit>& assets) {
  std::map<Split, int> counts;
  for (const AssetSplit& asset : assets) ++counts[asset.split];
  return fmt::format("split: {} train, {} test, {} of unseen categories", counts[Split::kTrain],
                     counts[Split::kTest], counts[Split::kUnseen]);
}

}  // namespace funcorr
