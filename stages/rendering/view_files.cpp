#include "stages/rendering/view_files.h"

#include <algorithm>

#include "db/dataset/reference_view.h"
#include "db/dataset/view.h"
#include "db/format/artifact.h"
#include "render/visibility/channels.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> half_channels(const ViewFiles& files, const std::vector<std::string>& names) {
  if (files.exr_half) return names;
  const bool has_color = std::ranges::find(files.exr_groups, "RGBA") != files.exr_groups.end();
  return has_color ? channel_names({"RGBA"}) : std::vector<std::string>{};
}

}  // namespace

void write_view(const fs::path& folder, int view, const ViewFiles& files, const PathTracer& tracer,
                const Camera& camera, const ImageF& radiance, const Image8& rgba, int threads) {
  write_artifact(view_image_path(folder, view), [&](const fs::path& file) { save_view_image(file, rgba); });
  const std::vector<std::string> names = channel_names(files.exr_groups);
  if (names.empty()) return;
  const ImageF channels = view_channels(tracer, camera, radiance, files.exr_groups, threads);
  write_artifact(view_channels_path(folder, view),
                 [&](const fs::path& file) { save_exr(file, channels, names, half_channels(files, names)); });
}

void write_visible_points(const fs::path& folder, int view, const VisiblePoints& visible) {
  write_artifact(visible_points_path(folder, view),
                 [&](const fs::path& file) { save_visible_points(file, visible); });
}

void write_reference_view(const fs::path& folder, int view, const PathTracer& tracer, const Camera& camera,
                          const Transform& release_world_from_object, int threads) {
  const ImageF depth = view_channels(tracer, camera, {}, {"Z"}, threads);
  write_artifact(reference_view_path(folder, view), [&](const fs::path& file) {
    save_reference_view(file, depth, camera, release_world_from_object);
  });
}

void remove_surplus_views(const fs::path& folder, int views, const ViewFiles& files) {
  remove_views_from(folder, views);
  remove_views_from(reference_view_folder(folder), files.reference ? views : 0);
}

}  // namespace funcorr
