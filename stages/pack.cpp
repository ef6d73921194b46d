// funcorr-pack: training views and part masks → training shards, and the split. Item: uid.
#include <iostream>
#include <string_view>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "db/dataset/view.h"
#include "db/format/artifact.h"
#include "db/format/hash.h"
#include "db/manifest/assets.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "db/manifest/taxonomy.h"
#include "pipeline/stage.h"
#include "stages/packing/splits.h"
#include "stages/part_item.h"
#include "train/data/asset_shard.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// The points of a view inside some part, 6 bytes each, as --estimate reckons with them: the means over two
// sets of about 100 made-up objects, at 8 views, are 23 and 35 kB.
constexpr double kPointBytesPerView = 25'000;

class PackStage : public Stage {
 public:
  std::string name() const override { return "pack"; }
  std::string summary() const override {
    return "Packs cropped training views, part masks and visible points into shards, and splits the assets.";
  }

  OptionTable options() const override {
    constexpr Effect kNone = Effect::kNone;  // of the split's options: shards do not depend on the split
    return {
        {.name = "test_share",
         .type = OptionType::kDouble,
         .default_value = 0.2062,
         .min = 0,
         .max = 1,
         .help = "share of each seen category's assets that is held out for tests",
         .effect = kNone},
        {.name = "unseen_category_share",
         .type = OptionType::kDouble,
         .default_value = 0.1375,
         .min = 0,
         .max = 1,
         .help = "share of the categories that is held out as a whole",
         .effect = kNone},
        {.name = "unseen_categories",
         .type = OptionType::kStringList,
         .default_value = json::array(),
         .help = "the categories to hold out, in place of a random choice",
         .effect = kNone},
        {.name = "split_lists",
         .type = OptionType::kPath,
         .default_value = "",
         .help = "folder of train_split.json, test_split.json and unseen_test_split.json (lists of uids) in "
                 "place of a random split",
         .effect = kNone},
        {.name = "estimate",
         .type = OptionType::kBool,
         .default_value = false,
         .help = "print the disk space that the shards take, and stop",
         .effect = kNone},
    };
  }

  void begin(StageContext& context) override {
    const std::map<std::string, Split> splits = wanted_splits(context);
    Transaction transaction(*context.manifest);
    clear_splits(*context.manifest);
    for (const auto& [uid, split] : splits) set_split(*context.manifest, uid, split);
    transaction.commit();
  }

  void list_items(StageContext& context, ItemSink& sink) override {
    AssetParts parts(*context.manifest);
    std::string uid, upstream;
    std::int64_t assets = 0, masks = 0;
    const auto want = [&] {
      const auto rendered = uid.empty() ? std::nullopt : done_fingerprint(*context.manifest, "render", uid);
      if (!rendered || upstream.empty()) return;
      sink.want(uid, sha256_hex(*rendered + upstream, 16));
      ++assets;
    };
    for_each_done_item(*context.manifest, "mask", [&](const DoneItem& item) {
      const PartItem part_item = PartItem::from_key(item.key);
      if (part_item.uid != uid) {
        want();
        uid = part_item.uid;
        upstream.clear();
      }
      const Part& part = parts.at(part_item);
      if (part.functions.empty()) return;
      ++masks;
      upstream += ";" + part.name + "=" + item.fingerprint;
      for (const std::string& function : part.functions) upstream += "," + function;
    });
    want();
    if (context.options.get_bool("estimate")) print_estimate(context, assets, masks);
  }

  json describe(StageContext& context, const std::string& key) override {
    json parts = json::array();
    AssetParts of_category(*context.manifest);
    for (const Part& part : of_category.of(key))
      if (!part.functions.empty() &&
          done_fingerprint(*context.manifest, "mask", PartItem{key, part.name}.key()))
        parts.push_back({{"name", part.name}, {"functions", part.functions}});
    const auto asset = find_asset(*context.manifest, key);
    return {{"category", asset ? asset->category : std::string()},
            {"parts", std::move(parts)},
            {"views", views_of(*context.manifest, key, std::string(to_string(ViewSet::kTrain))).size()}};
  }

  ItemResult work(StageContext& context, const std::string& key, const json& job) override {
    std::vector<ShardPart> parts;
    for (const json& part : job.at("parts"))
      parts.push_back(
          {part.at("name").get<std::string>(), part.at("functions").get<std::vector<std::string>>()});
    ShardContent content = crop_asset(context.workspace.asset(key), job.at("views").get<int>(), parts);
    if (content.views.empty())
      return ItemResult::rejected("no_views", "none of its training views shows enough of the object");
    content.uid = key;
    content.category = job.at("category").get<std::string>();
    write_artifact(context.workspace.shard(key),
                   [&](const fs::path& temporary) { write_shard(temporary, content); });
    return ItemResult::done();
  }

  void end(StageContext& context) override {
    remove_surplus_assets(context.workspace.shards(), [&](const std::string& uid) {
      return done_fingerprint(*context.manifest, name(), uid).has_value();
    });
    if (context.json_output) return;
    std::map<std::string, int> counts;
    for (const AssetSplit& asset : all_splits(*context.manifest))
      ++counts[std::string(to_string(asset.split))];
    std::cout << fmt::format("split: {} train, {} test, {} of unseen categories\n", counts["train"],
                             counts["test"], counts["unseen"]);
  }

 private:
  // Of the assets that are rendered and whose category is known.
  static std::map<std::string, Split> wanted_splits(const StageContext& context) {
    std::vector<SplitCandidate> candidates;
    for_each_done_item(*context.manifest, "render", [&](const DoneItem& item) {
      const auto asset = find_asset(*context.manifest, item.key);
      if (asset && !asset->category.empty()) candidates.push_back({asset->uid, asset->category});
    });
    if (!context.options.get_string("split_lists").empty()) return listed_splits(context, candidates);
    SplitOptions options;
    options.test_share = context.options.get_double("test_share");
    options.unseen_category_share = context.options.get_double("unseen_category_share");
    options.unseen_categories = context.options.get_strings("unseen_categories");
    options.seed = context.seed;
    try {
      return assign_splits(candidates, options);
    } catch (const std::invalid_argument& error) {
      throw UsageError(std::string("pack: ") + error.what());
    }
  }

  static std::map<std::string, Split> listed_splits(const StageContext& context,
                                                    const std::vector<SplitCandidate>& candidates) {
    std::map<std::string, Split> listed, splits;
    try {
      listed = read_split_lists(context.options.get_path("split_lists"));
    } catch (const std::runtime_error& error) {
      throw UsageError(std::string("pack: split_lists: ") + error.what());
    }
    for (const SplitCandidate& asset : candidates)
      if (const auto found = listed.find(asset.uid); found != listed.end()) splits.insert(*found);
    if (splits.size() < candidates.size())
      spdlog::warn(
          "pack: {} of {} assets stand in none of the split lists: training and tests leave them out",
          candidates.size() - splits.size(), candidates.size());
    return splits;
  }

  static void print_estimate(const StageContext& context, std::int64_t assets, std::int64_t masks) {
    std::int64_t views = 0, masks_of_views = 0;
    for_each_done_item(*context.manifest, "render", [&](const DoneItem& item) {
      views += static_cast<std::int64_t>(
          views_of(*context.manifest, item.key, std::string(to_string(ViewSet::kTrain))).size());
    });
    std::int64_t rendered = 0;
    for_each_done_item(*context.manifest, "render", [&](const DoneItem&) { ++rendered; });
    const double views_of_asset =
        rendered > 0 ? static_cast<double>(views) / static_cast<double>(rendered) : 0.0;
    masks_of_views = assets + masks;
    const double bytes =
        views_of_asset * (static_cast<double>(assets) * (3.0 * kCropPixels + kPointBytesPerView) +
                          static_cast<double>(masks_of_views) * kMaskBytes);
    std::cout << fmt::format("{} assets with {} part masks: shards of about {:.1f} MB in all\n", assets,
                             masks, bytes * 1e-6);
  }
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::PackStage stage;
  return funcorr::stage_main(argc, argv, stage);
}
