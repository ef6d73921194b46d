// funcorr-pair: annotated object pairs → dense ground-truth correspondences. Item: an annotated pair.
#include <iostream>
#include <map>
#include <set>
#include <stdexcept>

#include <spdlog/spdlog.h>

#include "db/dataset/pair_file.h"
#include "db/format/artifact.h"
#include "db/format/hash.h"
#include "db/manifest/assets.h"
#include "db/manifest/evaluation.h"
#include "eval/object_files.h"
#include "eval/truth/annotation.h"
#include "eval/truth/frames.h"
#include "eval/truth/ground_truth.h"
#include "pipeline/stage.h"
#include "stages/pairing/official_set.h"

namespace funcorr {
namespace {

std::vector<bool> points_in_box(const std::vector<Vec3d>& points, const Transform& world_from_object,
                                const PartBox& box) {
  std::vector<bool> inside;
  inside.reserve(points.size());
  const Transform box_from_object = box.world_from_box.inverse() * world_from_object;
  const PartBox box_at_origin{{}, box.half_extents};
  for (const Vec3d& point : points) inside.push_back(box_at_origin.contains(box_from_object.point(point)));
  return inside;
}

// One object of the pair, as work() needs it.
struct Side {
  std::filesystem::path folder;
  ObjectViews views;
  std::vector<bool> in_part;
  Transform object_1_from_object;

  std::vector<SeenPoint> seen(int view) const {
    std::vector<SeenPoint> points;
    for (const VisiblePoint& visible : load_visible_points(folder, view)) {
      const auto id = static_cast<std::size_t>(visible.id);
      if (in_part.at(id)) points.push_back({visible.pixel, object_1_from_object.point(views.points[id])});
    }
    return points;
  }
};

class PairStage : public Stage {
 public:
  std::string name() const override { return "pair"; }
  std::string summary() const override {
    return "Makes dense ground-truth correspondences from annotated object pairs.";
  }

  OptionTable options() const override {
    return {
        {.name = "annotations",
         .type = OptionType::kPathList,
         .default_value = nlohmann::json::array(),
         .help = "JSON files of annotated pairs: poses of both objects and boxes of their functional parts"},
        {.name = "from_frames",
         .type = OptionType::kBool,
         .default_value = false,
         .help = "also make annotated pairs of assets whose sidecars hold functional frames"},
        {.name = "official_set",
         .type = OptionType::kPath,
         .default_value = "",
         .help = "root of a published evaluation set, in its own folder layout, to take pairs and crops from",
         .effect = Effect::kNone},
        {.name = "official_split",
         .type = OptionType::kString,
         .default_value = "test",
         .help = "which of its splits; also the one that export_to writes",
         .effect = Effect::kNone},
        {.name = "export_to",
         .type = OptionType::kPath,
         .default_value = "",
         .help = "also write all pairs in that layout to this folder",
         .effect = Effect::kNone},
        {.name = "splits",
         .type = OptionType::kStringList,
         .default_value = {"test", "unseen"},
         .help = "splits whose assets from_frames draws from: train, test, unseen"},
        {.name = "pairs_per_function",
         .type = OptionType::kInt,
         .default_value = 20,
         .min = 1,
         .max = 100000,
         .help = "annotated pairs that from_frames draws for each function"},
        {.name = "across_share",
         .type = OptionType::kDouble,
         .default_value = 0.5,
         .min = 0,
         .max = 1,
         .help = "share of those pairs whose objects are of different categories"},
        {.name = "box_margin",
         .type = OptionType::kDouble,
         .default_value = 0.05,
         .min = 0,
         .max = 1,
         .help = "how much from_frames grows a part's box, as a share of its longest half extent"},
        {.name = "trials",
         .type = OptionType::kInt,
         .default_value = 6,
         .min = 1,
         .max = 100,
         .help = "pairs of views drawn for each annotated pair"},
        {.name = "most_points",
         .type = OptionType::kInt,
         .default_value = 10000,
         .unit = "px",
         .min = 1,
         .max = 50176,
         .help = "most correspondences of a pair of views"},
        {.name = "least_points",
         .type = OptionType::kInt,
         .default_value = 16,
         .unit = "px",
         .min = 1,
         .max = 50176,
         .help = "a pair of views with fewer correspondences is left out"},
    };
  }

  void list_items(StageContext& context, ItemSink& sink) override {
    annotations_.clear();
    frame_pairs_.clear();
    for (const auto& file : context.options.get_paths("annotations"))
      for (PairAnnotation& annotation : read_annotations(file)) {
        const std::string key = annotation.key();
        if (!annotations_.emplace(key, std::move(annotation)).second)
          throw UsageError("pair annotations: " + key + " stands twice; a label must tell such pairs apart");
      }
    if (context.options.get_bool("from_frames")) list_frame_pairs(context);
    official_pairs_.clear();
    if (has_official_set(context))
      official_pairs_ = list_official_set(context.options.get_path("official_set"),
                                          context.options.get_string("official_split"));
    for (const auto& [key, pair] : official_pairs_) sink.want(key, official_fingerprint(pair));
    for (const auto& [key, annotation] : annotations_)
      want(context, sink, key, annotation.object_1, annotation.object_2,
           sha256_hex(to_json(annotation).dump(), 16));
    for (const auto& [key, pair] : frame_pairs_)
      want(context, sink, key, pair.object_1, pair.object_2, "frames");
    if (not_rendered_ > 0)
      spdlog::warn("pair: {} annotated pairs are left out: an object of theirs is unknown or not rendered",
                   not_rendered_);
    if (annotations_.empty() && frame_pairs_.empty() && official_pairs_.empty())
      spdlog::warn(
          "pair: no annotated pairs; give files by --annotations, or --from-frames for assets with "
          "functional frames, or a published set by --official-set");
  }

  nlohmann::json describe(StageContext& context, const std::string& key) override {
    nlohmann::json job;
    if (const auto official = official_pairs_.find(key); official != official_pairs_.end())
      return {{"official", to_json(official->second)}};
    if (const auto found = annotations_.find(key); found != annotations_.end()) {
      job["annotation"] = to_json(found->second);
      describe_objects(context, found->second.object_1, found->second.object_2, job);
    } else {
      const FramePair& pair = frame_pairs_.at(key);
      job["function"] = pair.function;
      describe_objects(context, pair.object_1, pair.object_2, job);
    }
    return job;
  }

  std::vector<std::filesystem::path> readable_folders(StageContext& context) override {
    if (!has_official_set(context)) return {};
    return {context.options.get_path("official_set")};
  }

  ItemResult work(StageContext& context, const std::string& key, const nlohmann::json& job) override {
    if (job.contains("official"))
      return import_official(context, key, official_pair_from_json(job.at("official")));
    const Workspace& workspace = context.workspace;
    const std::filesystem::path folder_1 = workspace.asset(job.at("object_1").get<std::string>());
    const std::filesystem::path folder_2 = workspace.asset(job.at("object_2").get<std::string>());
    PairAnnotation annotation;
    try {
      annotation = job.contains("annotation") ? annotation_from_json(job.at("annotation"))
                                              : frames_annotation(context, job, folder_1, folder_2);
    } catch (const std::invalid_argument& error) {
      return ItemResult::rejected("no_frame", error.what());
    }
    const Transform object_1_from_world = annotation.world_from_object_1.inverse();
    const auto side = [&](const std::filesystem::path& folder, const Transform& world_from_object,
                          const PartBox& box) {
      Side result{folder, load_object_views(folder), {}, object_1_from_world * world_from_object};
      result.in_part = points_in_box(result.views.points, world_from_object, box);
      return result;
    };
    const Side side_1 = side(folder_1, annotation.world_from_object_1, annotation.box_1);
    const Side side_2 = side(folder_2, annotation.world_from_object_2, annotation.box_2);
    Random random(item_seed(context.seed, name(), key));
    return make_trials(context, key, annotation, job, side_1, side_2, random);
  }

  void commit(StageContext& context, const std::string& key, const ItemResult& result) override {
    if (result.output.contains("official"))
      store_official_assets(*context.manifest, context.options.get_path("official_set"),
                            official_pair_from_json(result.output.at("official")));
    std::vector<Pair> pairs;
    for (const nlohmann::json& row : result.output.at("pairs")) {
      Pair pair;
      pair.trial = row.at("trial");
      pair.id = key + "/trial_" + std::to_string(pair.trial);
      pair.function = result.output.at("function");
      pair.uid_1 = result.output.at("object_1");
      pair.uid_2 = result.output.at("object_2");
      pair.category_1 = result.output.at("category_1");
      pair.category_2 = result.output.at("category_2");
      pair.label = result.output.at("label");
      pair.view_1 = row.at("view_1");
      pair.view_2 = row.at("view_2");
      pair.points = row.at("points");
      pair.cost = row.at("cost");
      pair.path = row.at("path");
      pairs.push_back(std::move(pair));
    }
    replace_pairs(*context.manifest, key, pairs);
  }

  void end(StageContext& context) override {
    if (context.options.get_string("export_to").empty()) return;
    const auto folder = context.options.get_path("export_to");
    const std::size_t pairs = export_official_set(*context.manifest, context.workspace, folder,
                                                  context.options.get_string("official_split"));
    if (!context.json_output) std::cout << pairs << " pairs exported to " << folder.string() << "\n";
  }

 private:
  static bool has_official_set(const StageContext& context) {
    return !context.options.get_string("official_set").empty();
  }

  static ItemResult import_official(const StageContext& context, const std::string& key,
                                    const OfficialPair& pair) {
    const nlohmann::json rows =
        import_official_pair(context.workspace, context.options.get_path("official_set"), key, pair);
    if (rows.empty()) return ItemResult::rejected("no_trial", pair.folder.string() + ": no trial has pairs");
    return ItemResult::done({{"pairs", rows},
                             {"official", to_json(pair)},
                             {"function", pair.function},
                             {"object_1", official_uid(pair.object_1.name)},
                             {"object_2", official_uid(pair.object_2.name)},
                             {"category_1", pair.object_1.category},
                             {"category_2", pair.object_2.category},
                             {"label", pair.label}});
  }

  void want(StageContext& context, ItemSink& sink, const std::string& key, const std::string& uid_1,
            const std::string& uid_2, const std::string& annotation_hash) {
    const auto first = done_fingerprint(*context.manifest, "render", uid_1);
    const auto second = done_fingerprint(*context.manifest, "render", uid_2);
    if (first && second)
      sink.want(key, *first + "+" + *second + "+" + annotation_hash);
    else
      ++not_rendered_;
  }

  void list_frame_pairs(StageContext& context) {
    const auto wanted = context.options.get_strings("splits");
    const std::set<std::string> splits(wanted.begin(), wanted.end());
    for (const std::string& split : splits)
      if (split != "train" && split != "test" && split != "unseen")
        throw UsageError("pair: splits holds \"" + split + "\"; allowed are train, test, unseen");
    std::map<std::string, std::vector<FrameObject>> objects_of_function;
    for (const AssetSplit& asset : all_splits(*context.manifest)) {
      if (!splits.contains(std::string(to_string(asset.split)))) continue;
      if (!done_fingerprint(*context.manifest, "render", asset.uid)) continue;
      for (const std::string& function : functions_with_frames(context.workspace.asset(asset.uid)))
        objects_of_function[function].push_back({asset.uid, asset.category});
    }
    for (const auto& [function, objects] : objects_of_function)
      for (FramePair& pair : sample_frame_pairs(
               function, objects, static_cast<int>(context.options.get_int("pairs_per_function")),
               context.options.get_double("across_share"), item_seed(context.seed, name(), "frames"))) {
        const std::string key =
            pair.function + "/" + pair.object_1 + "|||" + pair.object_2 + "|||" + kFramesLabel;
        frame_pairs_.emplace(key, std::move(pair));
      }
  }

  static void describe_objects(StageContext& context, const std::string& uid_1, const std::string& uid_2,
                               nlohmann::json& job) {
    job["object_1"] = uid_1;
    job["object_2"] = uid_2;
    for (const char* which : {"1", "2"}) {
      const auto asset = find_asset(*context.manifest, job.at(std::string("object_") + which));
      if (!asset) throw std::runtime_error("pair: object " + std::string(which) + " is not catalogued");
      job[std::string("category_") + which] = asset->category;
    }
  }

  static PairAnnotation frames_annotation(const StageContext& context, const nlohmann::json& job,
                                          const std::filesystem::path& folder_1,
                                          const std::filesystem::path& folder_2) {
    const std::string function = job.at("function");
    return annotation_from_frames(function, load_framed_part(folder_1, job.at("object_1"), function),
                                  load_framed_part(folder_2, job.at("object_2"), function),
                                  context.options.get_double("box_margin"));
  }

  static ItemResult make_trials(const StageContext& context, const std::string& key,
                                const PairAnnotation& annotation, const nlohmann::json& job,
                                const Side& side_1, const Side& side_2, Random& random) {
    nlohmann::json rows = nlohmann::json::array();
    const auto most = static_cast<std::size_t>(context.options.get_int("most_points"));
    const auto least = static_cast<std::size_t>(context.options.get_int("least_points"));
    int trial = 0;
    for (const ViewPair& views :
         choose_views(side_1.views, side_1.in_part, side_2.views, side_2.in_part, side_2.object_1_from_object,
                      static_cast<int>(context.options.get_int("trials")), random)) {
      const GroundTruth truth =
          match_views(side_1.seen(views.view_1), side_2.seen(views.view_2), most, random);
      const int number = trial++;
      if (truth.pairs.size() < least) continue;
      const auto path = pair_path(key, number);
      write_artifact(context.workspace.root / path,
                     [&](const std::filesystem::path& file) { save_pair_file(file, truth.pairs); });
      rows.push_back({{"trial", number},
                      {"view_1", views.view_1},
                      {"view_2", views.view_2},
                      {"points", truth.pairs.size()},
                      {"cost", truth.mean_distance},
                      {"path", path.string()}});
    }
    if (rows.empty())
      return ItemResult::rejected("no_view", "no training views of both objects see enough of their parts (" +
                                                 std::to_string(least) + " pixels are asked for)");
    return ItemResult::done({{"pairs", rows},
                             {"function", annotation.function},
                             {"object_1", annotation.object_1},
                             {"object_2", annotation.object_2},
                             {"category_1", job.at("category_1")},
                             {"category_2", job.at("category_2")},
                             {"label", annotation.label}});
  }

  std::map<std::string, PairAnnotation> annotations_;  // by item key; stage process only
  std::map<std::string, FramePair> frame_pairs_;
  std::map<std::string, OfficialPair> official_pairs_;
  std::int64_t not_rendered_ = 0;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::PairStage stage;
  return funcorr::stage_main(argc, argv, stage);
}
