// funcorr-pack: training views and part masks → training shards, and the split. Item: uid.
#include <iostream>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include <spdlog/spdlog.h>

#include "db/dataset/view.h"
#include "db/format/artifact.h"
#include "db/format/hash.h"
#include "db/manifest/assets.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "pipeline/stage.h"
#include "stages/masked_parts.h"
#include "train/data/asset_shard.h"
#include "train/data/shard_estimate.h"
#include "train/data/splits.h"

namespace funcorr {
namespace {

struct PackOptions {
  SplitOptions split;
  std::optional<double> max_doubt;
  bool estimate = false;

  static const OptionList<PackOptions>& options() {
    static const OptionList<PackOptions> list{options_of(&PackOptions::split),
                                              // Shards whose parts stay the same stay.
                                              option("max_doubt", &PackOptions::max_doubt)
                                                  .range(0, 1)
                                                  .help("parts of assets with more doubt (stats_labels; of "
                                                        "[aggregate] mode = \"posterior\") are left "
                                                        "out; how many is said")
                                                  .leaves_results(),
                                              option("estimate", &PackOptions::estimate)
                                                  .help("print the disk space that the shards take, and stop")
                                                  .leaves_results()};
    return list;
  }
};

struct PackJob {
  std::string category;
  std::vector<ShardPart> parts;
  int views = 0;  // training views of the asset
  static constexpr auto members() {
    return std::tuple{member("category", &PackJob::category), member("parts", &PackJob::parts),
                      member("views", &PackJob::views)};
  }
};

class PackStage : public WorkerStage<PackOptions, PackJob, Nothing> {
 public:
  std::string name() const override { return "pack"; }
  std::string summary() const override {
    return "Packs cropped training views, part masks and visible points into shards, and splits the assets.";
  }
  bool only_estimates() const override { return options().estimate; }

  // Splits the assets that are rendered and whose category is known.
  void begin(StageContext& context) override {
    std::vector<SplitCandidate> candidates;
    for_each_done_item(context.manifest, "render", [&](const DoneItem& item) {
      const auto asset = find_asset(context.manifest, item.key);
      if (asset && !asset->category.empty()) candidates.push_back({asset->uid, asset->category});
    });
    const std::map<std::string, Split> splits = split_assets(candidates, options().split, context.seed);
    if (const auto left_out = candidates.size() - splits.size(); left_out > 0)
      spdlog::warn("pack: {} assets stand in none of the split lists and are left out", left_out);
    Transaction transaction(context.manifest);
    clear_splits(context.manifest);
    for (const auto& [uid, split] : splits) set_split(context.manifest, uid, split);
    transaction.commit();
  }

  void list(StageContext& context, ItemSink& sink) override {
    MaskedParts parts(context.manifest, options().max_doubt);
    for_each_done_item(context.manifest, "render", [&](const DoneItem& rendered) {
      const auto masked = parts.of(rendered.key);
      if (masked.empty()) return;
      std::string sources = rendered.fingerprint;
      for (const auto& [part, fingerprint] : masked) {
        sources += ";" + part.name + "=" + fingerprint;
        for (const std::string& function : part.functions) sources += "," + function;
      }
      sink.want(rendered.key, sha256_hex(sources, 16));
      if (options().estimate)
        estimate_.add(training_views(context, rendered.key), static_cast<int>(masked.size()));
    });
    if (parts.doubtful() > 0)
      spdlog::warn("pack: {} parts of assets with a doubt above {} are left out ([pack] max_doubt)",
                   parts.doubtful(), *options().max_doubt);
    if (options().estimate) std::cout << estimate_.text() << "\n";
  }

  PackJob describe(StageContext& context, const std::string& key) override {
    const auto asset = find_asset(context.manifest, key);
    PackJob job{asset ? asset->category : std::string(), {}, training_views(context, key)};
    for (const auto& [part, fingerprint] : MaskedParts(context.manifest, options().max_doubt).of(key))
      job.parts.push_back({part.name, part.functions});
    return job;
  }

  void end(StageContext& context) override {
    remove_surplus_assets(context.workspace.shards(), [&](const std::string& uid) {
      return done_fingerprint(context.manifest, name(), uid).has_value();
    });
    if (context.json_output) return;
    std::cout << split_counts(all_splits(context.manifest)) << "\n";
  }

 private:
  static int training_views(StageContext& context, const std::string& uid) {
    return static_cast<int>(views_of(context.manifest, uid, ViewSet::kTrain).size());
  }

  ShardEstimate estimate_;  // of all wanted shards
};

class PackWorker {
 public:
  PackWorker(const PackOptions&, const WorkContext& context) : workspace_(context.workspace) {}

  Result<Nothing> work(const std::string& key, const PackJob& job) {
    ShardContent content = crop_asset(workspace_.asset(key), job.views, job.parts);
    if (content.views.empty())
      return rejected("no_views", "none of its training views shows enough of the object");
    content.uid = key;
    content.category = job.category;
    write_artifact(workspace_.shard(key), [&](const auto& temporary) { write_shard(temporary, content); });
    return Nothing{};
  }

 private:
  Workspace workspace_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  return funcorr::stage_main<funcorr::PackStage, funcorr::PackWorker>(argc, argv);
}
