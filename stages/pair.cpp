// funcorr-pair: annotated object pairs → dense ground-truth correspondences. Item: an annotated pair.
#include <iostream>
#include <set>
#include <stdexcept>
#include <tuple>

#include <spdlog/spdlog.h>

#include "db/manifest/assets.h"
#include "db/manifest/evaluation.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "eval/truth/annotated_pairs.h"
#include "pipeline/stage.h"

namespace funcorr {
namespace {

struct PairJob {
  AnnotatedPair pair;
  std::string category_1, category_2;  // of its objects
  static constexpr auto members() {
    return std::tuple{member("pair", &PairJob::pair), member("category_1", &PairJob::category_1),
                      member("category_2", &PairJob::category_2)};
  }
};

struct PairProduct {
  std::vector<Pair> pairs;  // trials
  static constexpr auto members() { return std::tuple{member("pairs", &PairProduct::pairs)}; }
};

class PairStage : public WorkerStage<AnnotatedPairOptions, PairJob, PairProduct> {
 public:
  std::string name() const override { return "pair"; }
  std::string summary() const override {
    return "Makes dense ground-truth correspondences from annotated object pairs.";
  }

  void list(StageContext& context, ItemSink& sink) override {
    annotated_ = list_annotated_pairs(context.workspace, options(), objects_to_draw_from(context),
                                      item_seed(context.seed, name(), "frames"));
    std::int64_t not_rendered = 0;
    for (const auto& [key, pair] : annotated_.by_key) {
      std::string upstream = annotation_fingerprint(pair);
      if (pair.source != PairSource::kOfficialSet) {
        const auto first = done_fingerprint(context.manifest, "render", pair.annotation.object_1);
        const auto second = done_fingerprint(context.manifest, "render", pair.annotation.object_2);
        if (!first || !second) {
          ++not_rendered;
          continue;
        }
        upstream = *first + "+" + *second + "+" + upstream;
      }
      sink.want(key, upstream);
    }
    warn(not_rendered);
  }

  PairJob describe(StageContext& context, const std::string& key) override {
    PairJob job{annotated_.by_key.at(key), {}, {}};
    if (job.pair.source == PairSource::kOfficialSet) return job;
    job.category_1 = category_of(context, job.pair.annotation.object_1);
    job.category_2 = category_of(context, job.pair.annotation.object_2);
    return job;
  }

  std::vector<std::filesystem::path> readable_folders(StageContext&) override {
    return options().official.roots();
  }

  void commit(StageContext& context, const std::string& key, const PairProduct& product) override {
    if (const AnnotatedPair& pair = annotated_.by_key.at(key); pair.source == PairSource::kOfficialSet)
      for (const Asset& asset : official_assets(options().official.root(pair.official.set), pair.official))
        if (!find_asset(context.manifest, asset.uid)) upsert_asset(context.manifest, asset);
    replace_pairs(context.manifest, key, product.pairs);
  }

  void end(StageContext& context) override {
    if (options().official.export_to.empty()) return;
    OfficialExport all(context.workspace, options().official,
                       [&](const std::string& uid) { return masks_of(context.manifest, uid); });
    for_each_pair(context.manifest, [&](const Pair& pair) { all.add(pair); });
    if (!context.json_output)
      std::cout << all.pairs() << " pairs exported to " << options().official.export_to.string() << "\n";
  }

 private:
  // Rendered assets of the splits that pairs are drawn from.
  std::vector<FrameObject> objects_to_draw_from(StageContext& context) const {
    std::vector<FrameObject> objects;
    if (!options().from_frames) return objects;
    const std::set<Split> splits(options().sampling.splits.begin(), options().sampling.splits.end());
    for (const AssetSplit& asset : all_splits(context.manifest))
      if (splits.contains(asset.split) && done_fingerprint(context.manifest, "render", asset.uid))
        objects.push_back({asset.uid, asset.category});
    return objects;
  }

  void warn(std::int64_t not_rendered) const {
    if (!annotated_.skipped.empty())
      spdlog::warn(
          "pair: {} folders are no pairs of two objects (<object 1>|||<object 2>|||<label>), such as {}",
          annotated_.skipped.size(), annotated_.skipped.front());
    if (not_rendered > 0)
      spdlog::warn("pair: {} annotated pairs are left out: an object of theirs is unknown or not rendered",
                   not_rendered);
    if (annotated_.by_key.empty())
      spdlog::warn(
          "pair: no annotated pairs; give files by --annotations, or --from-frames for assets with "
          "functional frames, or a published set by --official-set or "
          "--official-real-set");
  }

  static std::string category_of(StageContext& context, const std::string& uid) {
    const auto asset = find_asset(context.manifest, uid);
    if (!asset) throw std::runtime_error("pair: the object " + uid + " is not catalogued");
    return asset->category;
  }

  AnnotatedPairs annotated_;
};

class PairWorker {
 public:
  PairWorker(const AnnotatedPairOptions& options, const WorkContext& context)
      : options_(options), context_(context) {}

  Result<PairProduct> work(const std::string& key, const PairJob& job) {
    Random random(item_seed(context_.seed, "pair", key));
    PairTrials made =
        make_ground_truth(context_.workspace, job.pair, {job.category_1, job.category_2}, options_, random);
    if (made.pairs.empty()) return rejected(made.nothing, made.why);
    return PairProduct{std::move(made.pairs)};
  }

 private:
  AnnotatedPairOptions options_;
  WorkContext context_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  return funcorr::stage_main<funcorr::PairStage, funcorr::PairWorker>(argc, argv);
}
