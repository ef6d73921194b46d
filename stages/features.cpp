// funcorr-features: training shards → half-precision features of the frozen backbone. Item: uid.
#include <algorithm>
#include <iostream>
#include <memory>

#include <fmt/format.h>

#include "db/dataset/shard.h"
#include "db/format/artifact.h"
#include "db/manifest/items.h"
#include "pipeline/large_blocks.h"
#include "pipeline/stage.h"
#include "train/trainer/feature_extraction.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

struct FeaturesOptions {
  bool store = false;
  FeatureOptions features;
  bool estimate = false;

  static const OptionList<FeaturesOptions>& options() {
    static const OptionList<FeaturesOptions> list{
        option("store", &FeaturesOptions::store)
            .help("store features; else every step of training runs the backbone on new backgrounds")
            .leaves_results(),
        option("estimate", &FeaturesOptions::estimate)
            .help("print the disk space that the features take, and stop")
            .leaves_results(),
        options_of(&FeaturesOptions::features)};
    return list;
  }
};

// In the stage process: the backbone takes all cores, or the GPU.
class FeaturesStage : public InProcessStage<FeaturesOptions, Nothing, Nothing> {
 public:
  std::string name() const override { return "features"; }
  std::string summary() const override {
    return "Stores the frozen backbone's features of all training views, so that training need not run it.";
  }
  bool only_estimates() const override { return options().estimate; }

  void list(StageContext& context, ItemSink& sink) override {
    if (options().estimate) print_estimate(context);
    if (!options().store) return;
    const std::string identity = extractor().identity();
    for_each_done_item(context.manifest, "pack",
                       [&](const DoneItem& item) { sink.want(item.key, item.fingerprint + "+" + identity); });
  }

  Nothing describe(StageContext&, const std::string&) override { return {}; }

  void run(StageContext& context, std::vector<Claimed> items, const Finish& finish) override {
    for (const Claimed& item : items) {
      if (context.stop_requested()) return;
      write_artifact(context.workspace.features(item.key), [&](const fs::path& temporary) {
        extractor().extract(context.workspace.shard(item.key), temporary);
      });
      finish(item.key, Nothing{});
    }
  }

  void end(StageContext& context) override {
    remove_surplus_assets(context.workspace.features(), [&](const std::string& uid) {
      return done_fingerprint(context.manifest, name(), uid).has_value();
    });
  }

 private:
  FeatureExtractor& extractor() {
    if (!extractor_) extractor_ = std::make_unique<FeatureExtractor>(options().features);
    return *extractor_;
  }

  void print_estimate(StageContext& context) {
    std::int64_t views = 0;
    for_each_done_item(context.manifest, "pack", [&](const DoneItem& item) {
      views += Shard(context.workspace.shard(item.key)).views();
    });
    const std::int64_t pictures = views * std::max(options().features.backgrounds, 1);
    const auto bytes = static_cast<double>(extractor().picture_bytes());
    std::cout << fmt::format("{} pictures of {:.2f} MB: features of {:.2f} GB in all\n", pictures,
                             bytes * 1e-6, static_cast<double>(pictures) * bytes * 1e-9);
  }

  std::unique_ptr<FeatureExtractor> extractor_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::keep_large_blocks();
  return funcorr::in_process_stage_main<funcorr::FeaturesStage>(argc, argv);
}
