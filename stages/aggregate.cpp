// funcorr-aggregate: boxes of the labelling views → heat of every surface point. Item: uid/part.
#include <map>
#include <memory>
#include <tuple>

#include <spdlog/spdlog.h>

#include "db/dataset/heat.h"
#include "db/dataset/points.h"
#include "db/dataset/view.h"
#include "db/dataset/visible_points.h"
#include "db/format/artifact.h"
#include "db/format/hash.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "labeling/box/reply_boxes.h"
#include "labeling/fusion/heat_cloud.h"
#include "labeling/fusion/part_fusion.h"
#include "pipeline/stage.h"
#include "stages/part_item.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

struct AggregateOptions {
  HeatOptions heat;
  CountedBoxOptions counted;
  bool heat_clouds = false;

  static const OptionList<AggregateOptions>& options() {
    static const OptionList<AggregateOptions> list{
        options_of(&AggregateOptions::heat),
        options_of(&AggregateOptions::counted),
        option("heat_clouds", &AggregateOptions::heat_clouds)
            .help("also write heat/<part>.ply, a coloured point cloud to look at"),
    };
    return list;
  }
};

struct AggregateJob {
  bool edge = false;                         // the part is an edge
  std::vector<std::vector<PixelBox>> boxes;  // of each labelling view
  static constexpr auto members() {
    return std::tuple{member("edge", &AggregateJob::edge), member("boxes", &AggregateJob::boxes)};
  }
};

struct AggregateProduct {
  PartSupport support;
  int unused_boxes = 0;
  static constexpr auto members() {
    return std::tuple{member("support", &AggregateProduct::support),
                      member("unused_boxes", &AggregateProduct::unused_boxes)};
  }
};

class AggregateStage : public WorkerStage<AggregateOptions, AggregateJob, AggregateProduct> {
 public:
  std::string name() const override { return "aggregate"; }
  std::string summary() const override {
    return "Fuses the boxes of an asset's labelling views into a heat of every surface point.";
  }

  void list(StageContext& context, ItemSink& sink) override {
    AssetParts parts(context.manifest);
    for_each_done_item(context.manifest, "ground", [&](const DoneItem& item) {
      const Part& part = parts.at(PartItem::from_key(item.key));
      sink.want(item.key, sha256_hex(item.fingerprint + (part.is_edge ? "/edge" : "/surface"), 16));
    });
  }

  AggregateJob describe(StageContext& context, const std::string& key) override {
    const PartItem item = PartItem::from_key(key);
    AggregateJob job{AssetParts(context.manifest).at(item).is_edge, {}};
    job.boxes.resize(views_of(context.manifest, item.uid, ViewSet::kLabel).size());
    const std::vector<Box> all = boxes_of(context.manifest, item.uid, item.part);
    for (const Box& box : boxes_that_count(all, options().counted))
      if (const auto view = static_cast<std::size_t>(box.view); view < job.boxes.size())
        job.boxes[view].push_back(box.pixels);
    return job;
  }

  void commit(StageContext& context, const std::string& key, const AggregateProduct& product) override {
    PartSupport support = product.support;
    const auto [uid, part] = PartItem::from_key(key);
    support.uid = uid;
    support.part = part;
    upsert_part_support(context.manifest, support);
    if (product.unused_boxes > 0) unused_boxes_[key] = product.unused_boxes;
  }

  void end(StageContext&) override {
    int boxes = 0;
    for (const auto& [key, unused] : unused_boxes_) boxes += unused;
    if (boxes == 0) return;
    spdlog::warn("{} boxes of {} parts do not count: their views have fewer than {} ([aggregate] min_boxes)",
                 boxes, unused_boxes_.size(), options().heat.min_boxes);
  }

 private:
  std::map<std::string, int> unused_boxes_;  // by item
};

class AggregateWorker {
 public:
  AggregateWorker(const AggregateOptions& options, const WorkContext& context)
      : options_(options), workspace_(context.workspace) {}

  Result<AggregateProduct> work(const std::string& key, const AggregateJob& job) {
    const PartItem item = PartItem::from_key(key);
    const fs::path folder = workspace_.asset(item.uid);
    if (uid_ != item.uid) {  // parts of one asset mostly come one after the other
      asset_ = std::make_unique<AssetFusion>(load_points(points_path(folder)),
                                             shown_points(folder, job.boxes.size()));
      uid_ = item.uid;
    }
    const FusedPart part = asset_->fuse(job.boxes, job.edge, options_.heat);
    write_artifact(heat_path(folder, item.part),
                   [&](const fs::path& temporary) { save_heat(temporary, part.heat); });
    if (options_.heat_clouds)
      write_artifact(heat_cloud_path(folder, item.part), [&](const fs::path& temporary) {
        save_heat_cloud(temporary, asset_->points().positions, share_of(part));
      });
    return AggregateProduct{part.support, part.unused_boxes};
  }

 private:
  static std::vector<VisiblePoints> shown_points(const fs::path& asset_folder, std::size_t views) {
    const fs::path folder = view_folder(asset_folder, ViewSet::kLabel);
    std::vector<VisiblePoints> shown;
    while (shown.size() < views)
      shown.push_back(load_visible_points(visible_points_path(folder, static_cast<int>(shown.size()))));
    return shown;
  }

  AggregateOptions options_;
  Workspace workspace_;
  std::string uid_;
  std::unique_ptr<AssetFusion> asset_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  return funcorr::stage_main<funcorr::AggregateStage, funcorr::AggregateWorker>(argc, argv);
}
