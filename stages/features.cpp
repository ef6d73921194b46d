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
#include "stages/training/model_options.h"
#include "train/trainer/feature_extraction.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

class FeaturesStage : public Stage {
 public:
  std::string name() const override { return "features"; }
  std::string summary() const override {
    return "Stores the frozen backbone's features of all training views, so that training need not run it.";
  }

  OptionTable options() const override {
    OptionTable table{
        {.name = "store",
         .type = OptionType::kBool,
         .default_value = false,
         .help = "store features; else every step of training runs the backbone on new backgrounds",
         .effect = Effect::kNone},
        {.name = "backgrounds",
         .type = OptionType::kInt,
         .default_value = 0,
         .min = 0,
         .max = 1000,
         .help = "random backgrounds stored for every view; 0: one picture on white"},
        {.name = "device",
         .type = OptionType::kString,
         .default_value = "auto",
         .help = "auto (the first GPU, else the CPU), cpu, cuda, cuda:1 …",
         .effect = Effect::kNone},
        {.name = "estimate",
         .type = OptionType::kBool,
         .default_value = false,
         .help = "print the disk space that the features take, and stop",
         .effect = Effect::kNone},
    };
    add_backbone_options(table);
    return table;
  }

  void list_items(StageContext& context, ItemSink& sink) override {
    if (context.options.get_bool("estimate")) print_estimate(context);
    if (!context.options.get_bool("store")) return;
    const std::string identity = extractor(context).identity();
    for_each_done_item(*context.manifest, "pack",
                       [&](const DoneItem& item) { sink.want(item.key, item.fingerprint + "+" + identity); });
  }

  // The backbone takes all cores, or the GPU.
  bool in_process() const override { return true; }

  ItemResult work(StageContext& context, const std::string& key, const nlohmann::json&) override {
    write_artifact(context.workspace.features(key), [&](const fs::path& temporary) {
      extractor(context).extract(context.workspace.shard(key),
                                 static_cast<int>(context.options.get_int("backgrounds")), temporary);
    });
    return ItemResult::done();
  }

  void end(StageContext& context) override {
    remove_surplus_assets(context.workspace.features(), [&](const std::string& uid) {
      return done_fingerprint(*context.manifest, name(), uid).has_value();
    });
  }

 private:
  FeatureExtractor& extractor(const StageContext& context) {
    if (!extractor_)
      extractor_ = std::make_unique<FeatureExtractor>(backbone_config(context.options),
                                                      context.options.get_string("device"));
    return *extractor_;
  }

  void print_estimate(const StageContext& context) {
    std::int64_t views = 0;
    for_each_done_item(*context.manifest, "pack", [&](const DoneItem& item) {
      views += Shard(context.workspace.shard(item.key)).views();
    });
    const std::int64_t pictures = views * std::max<std::int64_t>(context.options.get_int("backgrounds"), 1);
    const auto bytes = static_cast<double>(extractor(context).picture_bytes());
    std::cout << fmt::format("{} pictures of {:.2f} MB: features of {:.2f} GB in all\n", pictures,
                             bytes * 1e-6, static_cast<double>(pictures) * bytes * 1e-9);
  }

  std::unique_ptr<FeatureExtractor> extractor_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::keep_large_blocks();
  funcorr::FeaturesStage stage;
  return funcorr::stage_main(argc, argv, stage);
}
