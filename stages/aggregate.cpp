// funcorr-aggregate: boxes of the labelling views → heat of every surface point. Item: uid/part.
#include <algorithm>

#include <fmt/format.h>

#include "db/dataset/heat.h"
#include "db/dataset/points.h"
#include "db/dataset/view.h"
#include "db/dataset/visible_points.h"
#include "db/format/artifact.h"
#include "db/format/hash.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "labeling/fusion/heat.h"
#include "labeling/fusion/heat_cloud.h"
#include "pipeline/stage.h"
#include "stages/part_item.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// The boxes that count: sound ones; of the zoomed pass alone where it found any; with `last_only`, one a
// reply.
std::vector<Box> boxes_that_count(const std::vector<Box>& all, bool last_only) {
  std::vector<Box> sound;
  std::copy_if(all.begin(), all.end(), std::back_inserter(sound),
               [](const Box& box) { return box.flag.empty(); });
  const bool zoomed = std::any_of(sound.begin(), sound.end(), [](const Box& box) { return box.pass == 2; });
  std::vector<Box> kept;
  for (const Box& box : sound) {
    if (zoomed && box.pass != 2) continue;
    const bool same_reply = !kept.empty() && kept.back().view == box.view && kept.back().sample == box.sample;
    if (last_only && same_reply) kept.pop_back();
    kept.push_back(box);
  }
  return kept;
}

json boxes_by_view(const std::vector<Box>& boxes, int views) {
  json by_view = json::array();
  for (int view = 0; view < views; ++view) by_view.push_back(json::array());
  for (const Box& box : boxes)
    if (box.view >= 0 && box.view < views) by_view.at(static_cast<std::size_t>(box.view)).push_back(box.xyxy);
  return by_view;
}

std::vector<PixelBox> boxes_from(const json& of_view) {
  std::vector<PixelBox> boxes;
  for (const json& box : of_view)
    boxes.push_back({box.at(0).get<int>(), box.at(1).get<int>(), box.at(2).get<int>(), box.at(3).get<int>()});
  return boxes;
}

class AggregateStage : public Stage {
 public:
  std::string name() const override { return "aggregate"; }
  std::string summary() const override {
    return "Fuses the boxes of an asset's labelling views into a heat of every surface point.";
  }

  OptionTable options() const override {
    return {
        {.name = "mode",
         .type = OptionType::kString,
         .default_value = "reference",
         .choices = {"reference", "normalized"},
         .help = "reference: boxes a point falls in, summed over views; normalized: their mean share over "
                 "the views that show the point"},
        {.name = "min_boxes",
         .type = OptionType::kInt,
         .default_value = 3,
         .min = 1,
         .max = 1000,
         .help = "a view with fewer boxes of the part says nothing"},
        {.name = "reply_boxes",
         .type = OptionType::kString,
         .default_value = "all",
         .choices = {"all", "last"},
         .help = "which boxes of one reply count; the paper's release keeps the last"},
        {.name = "heat_clouds",
         .type = OptionType::kBool,
         .default_value = false,
         .help = "also write heat/<part>.ply, a coloured point cloud to look at"},
    };
  }

  void list_items(StageContext& context, ItemSink& sink) override {
    AssetParts parts(*context.manifest);
    for_each_done_item(*context.manifest, "ground", [&](const DoneItem& item) {
      const Part& part = parts.at(PartItem::from_key(item.key));
      sink.want(item.key, sha256_hex(item.fingerprint + (part.is_edge ? "/edge" : "/surface"), 16));
    });
  }

  json describe(StageContext& context, const std::string& key) override {
    const PartItem item = PartItem::from_key(key);
    const bool last_only = context.options.get_string("reply_boxes") == "last";
    const auto boxes = boxes_that_count(boxes_of(*context.manifest, item.uid, item.part), last_only);
    const auto views = static_cast<int>(
        views_of(*context.manifest, item.uid, std::string(to_string(ViewSet::kLabel))).size());
    return {{"edge", AssetParts(*context.manifest).at(item).is_edge}, {"boxes", boxes_by_view(boxes, views)}};
  }

  ItemResult work(StageContext& context, const std::string& key, const json& job) override {
    const PartItem item = PartItem::from_key(key);
    const fs::path folder = context.workspace.asset(item.uid);
    const SurfacePoints points = load_points(points_path(folder));
    Heat heat =
        fuse_boxes(points.positions.size(), labelled_views(folder, job.at("boxes")), heat_options(context));
    if (job.at("edge").get<bool>()) multiply_by_edge_probability(heat.values, points.edges);
    const std::vector<double> scaled = scale_heat(heat.values);

    write_artifact(heat_path(folder, item.part),
                   [&](const fs::path& temporary) { save_heat(temporary, heat.values); });
    if (context.options.get_bool("heat_clouds"))
      write_artifact(heat_cloud_path(folder, item.part), [&](const fs::path& temporary) {
        save_heat_cloud(temporary, points.positions, scaled);
      });
    return ItemResult::done(support_json(heat, scaled, job.at("boxes")));
  }

  void commit(StageContext& context, const std::string& key, const ItemResult& result) override {
    const PartItem item = PartItem::from_key(key);
    const json& output = result.output;
    PartSupport support;
    support.uid = item.uid;
    support.part = item.part;
    support.views_with_boxes = output.at("views_with_boxes").get<int>();
    support.views_used = output.at("views_used").get<int>();
    support.boxes = output.at("boxes").get<int>();
    support.visible_points = output.at("visible_points").get<std::int64_t>();
    support.positive_points = output.at("positive_points").get<std::int64_t>();
    support.heat_max = output.at("heat_max").get<double>();
    upsert_part_support(*context.manifest, support);
  }

 private:
  static HeatOptions heat_options(const StageContext& context) {
    HeatOptions options;
    options.mode =
        context.options.get_string("mode") == "reference" ? HeatMode::kReference : HeatMode::kNormalized;
    options.min_boxes = static_cast<int>(context.options.get_int("min_boxes"));
    return options;
  }

  static std::vector<LabelledView> labelled_views(const fs::path& asset_folder, const json& boxes) {
    const fs::path folder = view_folder(asset_folder, ViewSet::kLabel);
    std::vector<LabelledView> views;
    for (const json& of_view : boxes) {
      const int view = static_cast<int>(views.size());
      views.push_back({load_visible_points(visible_points_path(folder, view)), boxes_from(of_view)});
    }
    return views;
  }

  static json support_json(const Heat& heat, const std::vector<double>& scaled, const json& boxes) {
    std::size_t all_boxes = 0;
    for (const json& of_view : boxes) all_boxes += of_view.size();
    return {
        {"views_with_boxes", heat.views_with_boxes},
        {"views_used", heat.views_used},
        {"boxes", all_boxes},
        {"visible_points", heat.visible_points},
        {"positive_points", std::count_if(scaled.begin(), scaled.end(), [](double h) { return h > 0.5; })},
        {"heat_max", heat.values.empty() ? 0.0 : *std::max_element(heat.values.begin(), heat.values.end())}};
  }
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::AggregateStage stage;
  return funcorr::stage_main(argc, argv, stage);
}
