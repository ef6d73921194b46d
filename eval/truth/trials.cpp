#include "eval/truth/trials.h"

#include <cstdint>
#include <filesystem>

#include "db/dataset/pair_file.h"
#include "db/format/artifact.h"
#include "eval/truth/ground_truth.h"
#include "eval/truth/object_files.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

std::vector<bool> points_in_box(const std::vector<Vec3d>& points, const Transform& world_from_object,
                                const PartBox& box) {
  std::vector<bool> inside;
  inside.reserve(points.size());
  const Transform box_from_object = box.world_from_box.inverse() * world_from_object;
  const PartBox box_at_origin{{}, box.half_extents};
  for (const Vec3d& point : points) inside.push_back(box_at_origin.contains(box_from_object.point(point)));
  return inside;
}

// One object of the pair.
struct Side {
  fs::path folder;
  ObjectViews views;
  std::vector<bool> in_part;
  Transform object_1_from_object;

  std::vector<SeenPoint> seen(int view) const {
    std::vector<SeenPoint> points;
    const VisiblePoints visible = load_cropped_points(folder, view);
    for (std::size_t i = 0; i < visible.ids.size(); ++i) {
      const auto id = static_cast<std::size_t>(visible.ids[i]);
      if (in_part.at(id)) points.push_back({visible.pixels[i], object_1_from_object.point(views.points[id])});
    }
    return points;
  }
};

Side load_side(const fs::path& folder, const Transform& world_from_object, const PartBox& box,
               const Transform& object_1_from_world) {
  Side side{folder, load_object_views(folder), {}, object_1_from_world * world_from_object};
  side.in_part = points_in_box(side.views.points, world_from_object, box);
  return side;
}

}  // namespace

const OptionList<TrialOptions>& TrialOptions::options() {
  using O = TrialOptions;
  static const OptionList<O> list{
      option("trials", &O::trials).range(1, 100).help("pairs of views drawn for each annotated pair"),
      option("most_points", &O::most_points)
          .range(1, kCropPixels)
          .unit("px")
          .help("most correspondences of a pair of views"),
      option("least_points", &O::least_points)
          .range(1, kCropPixels)
          .unit("px")
          .help("fewest correspondences of a pair of views; those with fewer are left out"),
  };
  return list;
}

std::vector<Pair> make_trials(const Workspace& workspace, const PairAnnotation& annotation,
                              const std::array<std::string, 2>& categories, const TrialOptions& options,
                              Random& random) {
  TrialOptions::options().check(options);
  const Transform object_1_from_world = annotation.world_from_object_1.inverse();
  const Side side_1 = load_side(workspace.asset(annotation.object_1), annotation.world_from_object_1,
                                annotation.box_1, object_1_from_world);
  const Side side_2 = load_side(workspace.asset(annotation.object_2), annotation.world_from_object_2,
                                annotation.box_2, object_1_from_world);
  const std::string key = annotation.key();
  std::vector<Pair> pairs;
  int trial = -1;
  for (const ViewPair& views : choose_views(side_1.views, side_1.in_part, side_2.views, side_2.in_part,
                                            side_2.object_1_from_object, options.trials, random)) {
    ++trial;
    const GroundTruth truth = match_views(side_1.seen(views.view_1), side_2.seen(views.view_2),
                                          static_cast<std::size_t>(options.most_points), random);
    if (truth.pairs.size() < static_cast<std::size_t>(options.least_points)) continue;
    const fs::path path = pair_path(key, trial);
    write_artifact(workspace.root / path, [&](const fs::path& file) { save_pair_file(file, truth.pairs); });
    pairs.push_back({pair_id(key, trial), annotation.function, annotation.object_1, annotation.object_2,
                     categories[0], categories[1], annotation.label, trial, views.view_1, views.view_2,
                     static_cast<std::int64_t>(truth.pairs.size()), truth.mean_distance, path.string()});
  }
  return pairs;
}

}  // namespace funcorr
