// funcorr-aggregate: boxes of the labelling views → heat of every surface point. Item: uid/part.
#include <algorithm>
#include <tuple>
#include <vector>

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
#include "labeling/fusion/heat.h"
#include "labeling/fusion/heat_cloud.h"
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
  int views_with_boxes = 0, views_used = 0, boxes = 0, dropped_boxes = 0;
  std::int64_t visible_points = 0, positive_points = 0;
  double heat_max = 0;
  static constexpr auto members() {
    using P = AggregateProduct;
    return std::tuple{member("views_with_boxes", &P::views_with_boxes),
                      member("views_used", &P::views_used),
                      member("boxes", &P::boxes),
                      member("dropped_boxes", &P::dropped_boxes),
                      member("visible_points", &P::visible_points),
                      member("positive_points", &P::positive_points),
                      member("heat_max", &P::heat_max)};
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
    const PartItem item = PartItem::from_key(key);
    upsert_part_support(context.manifest,
                        {item.uid, item.part, product.views_with_boxes, product.views_used, product.boxes,
                         product.visible_points, product.positive_points, product.heat_max});
    dropped_views_ += product.views_with_boxes - product.views_used;
    dropped_boxes_ += product.dropped_boxes;
    boxes_ += product.boxes;
  }

  void end(StageContext&) override {
    if (dropped_boxes_ > 0)
      spdlog::warn("aggregate: min_boxes = {} dropped {} of {} boxes, of {} views", options().heat.min_boxes,
                   dropped_boxes_, boxes_, dropped_views_);
  }

 private:
  std::int64_t boxes_ = 0, dropped_boxes_ = 0, dropped_views_ = 0;  // of this run
};

class AggregateWorker {
 public:
  AggregateWorker(const AggregateOptions& options, const WorkContext& context)
      : options_(options), workspace_(context.workspace) {}

  Result<AggregateProduct> work(const std::string& key, const AggregateJob& job) {
    const PartItem item = PartItem::from_key(key);
    const fs::path folder = workspace_.asset(item.uid);
    const SurfacePoints points = load_points(points_path(folder));
    Heat heat = fuse_boxes(points.positions.size(), labelled_views(folder, job.boxes), options_.heat);
    if (job.edge) multiply_by_edge_probability(heat.values, points.edges);
    const std::vector<double> scaled = scale_heat(heat.values);

    write_artifact(heat_path(folder, item.part),
                   [&](const fs::path& temporary) { save_heat(temporary, heat.values); });
    if (options_.heat_clouds)
      write_artifact(heat_cloud_path(folder, item.part), [&](const fs::path& temporary) {
        save_heat_cloud(temporary, points.positions, scaled);
      });
    return support(heat, scaled, job.boxes);
  }

 private:
  static std::vector<LabelledView> labelled_views(const fs::path& asset_folder,
                                                  const std::vector<std::vector<PixelBox>>& boxes) {
    const fs::path folder = view_folder(asset_folder, ViewSet::kLabel);
    std::vector<LabelledView> views;
    for (const std::vector<PixelBox>& of_view : boxes) {
      const int view = static_cast<int>(views.size());
      views.push_back({load_visible_points(visible_points_path(folder, view)), of_view});
    }
    return views;
  }

  static AggregateProduct support(const Heat& heat, const std::vector<double>& scaled,
                                  const std::vector<std::vector<PixelBox>>& boxes) {
    AggregateProduct product{
        heat.views_with_boxes, heat.views_used, 0, heat.dropped_boxes, heat.visible_points, 0, 0};
    for (const std::vector<PixelBox>& of_view : boxes) product.boxes += static_cast<int>(of_view.size());
    product.positive_points = std::count_if(scaled.begin(), scaled.end(), [](double h) { return h > 0.5; });
    if (!heat.values.empty()) product.heat_max = *std::max_element(heat.values.begin(), heat.values.end());
    return product;
  }

  AggregateOptions options_;
  Workspace workspace_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  return funcorr::stage_main<funcorr::AggregateStage, funcorr::AggregateWorker>(argc, argv);
}
