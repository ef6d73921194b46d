#include "render/views/view_sets.h"

#include <numbers>

#include "db/format/error.h"
#include "db/format/random.h"

namespace funcorr {
namespace {

// The cameras of a file, where one is given.
CameraFile cameras_of(ViewSet set, const std::filesystem::path& file, CameraFile standard) {
  if (file.empty()) return standard;
  try {
    CameraFile given = read_camera_file(file);
    if (!given.release_world_from_object) given.release_world_from_object = release_world_from_object();
    given.normalized_from_asset.reset();  // every asset of a workspace has its own
    return given;
  } catch (const std::runtime_error& error) {
    throw EnvironmentError(std::string(to_string(set)) + "_cameras: " + error.what());
  }
}

}  // namespace

ViewDraw draw_views(const std::vector<std::string>& environments, HdriRotation rotation, std::uint64_t seed) {
  Random random(seed);
  const std::string& environment = environments[random.below(environments.size())];
  const double turn = 360.0 * random.uniform();
  return {environment, rotation == HdriRotation::kRandom ? turn : 0.0, random.next()};
}

Transform turned_environment(double rotation_deg, const Transform& release_world_from_object) {
  return Transform::rotate_z(rotation_deg * std::numbers::pi / 180.0) * release_world_from_object;
}

std::vector<ViewsToRender> view_sets(const ViewOptions& options, const ViewDraw& draw, int threads) {
  Random random(draw.seed);
  const std::uint64_t turn_seed = random.next(), position_seed = random.next();
  const auto views = [&](ViewSet set, CameraFile cameras) {
    ViewsToRender out{set, std::move(cameras), {}, options.settings};
    out.environment_from_world =
        turned_environment(draw.rotation_deg, *out.cameras.release_world_from_object);
    out.settings.threads = threads;
    out.settings.seed = random.next();
    return out;
  };
  ViewsToRender label =
      views(ViewSet::kLabel, cameras_of(ViewSet::kLabel, options.label_cameras,
                                        {labelling_cameras(options.label_views, options.size_px, turn_seed),
                                         release_world_from_labelled_object(turn_seed),
                                         {}}));
  if (options.label_samples > 0) label.settings.samples = options.label_samples;
  ViewsToRender train = views(
      ViewSet::kTrain, cameras_of(ViewSet::kTrain, options.train_cameras,
                                  {training_cameras(options.train_views, options.size_px, position_seed),
                                   release_world_from_object(),
                                   {}}));
  return {std::move(label), std::move(train)};
}

}  // namespace funcorr
