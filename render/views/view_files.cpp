#include "render/views/view_files.h"

#include <algorithm>

#include "db/dataset/reference_view.h"
#include "db/dataset/view.h"
#include "db/format/artifact.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> half_channels(const ViewFiles& files, const std::vector<std::string>& names) {
  if (files.exr_half) return names;
  const bool has_color =
      std::ranges::find(files.exr_channels, ChannelGroup::kColor) != files.exr_channels.end();
  return has_color ? channel_names({ChannelGroup::kColor}) : std::vector<std::string>{};
}

}  // namespace

const OptionList<ViewFiles>& ViewFiles::options() {
  static const OptionList<ViewFiles> list{
      option("exr_channels", &ViewFiles::exr_channels)
          .help("channels of the EXR files: RGBA (linear), A (coverage), Z (z-depth), N (geometric normal), "
                "Ns (shading normal), P (position), part (part id); empty: no EXR files"),
      option("exr_half", &ViewFiles::exr_half).help("every channel of the EXR files in half precision"),
      option("reference", &ViewFiles::reference)
          .help("each view also as the published release keeps it, reference/NNNN.npz: float16 depth, K and "
                "RT of its z-up world"),
  };
  return list;
}

void write_view(const fs::path& folder, int view, const ViewFiles& files, const PathTracer& tracer,
                const Camera& camera, const ImageF& radiance, const Image8& rgba, int threads) {
  write_artifact(view_image_path(folder, view), [&](const fs::path& file) { save_view_image(file, rgba); });
  const std::vector<std::string> names = channel_names(files.exr_channels);
  if (names.empty()) return;
  const ImageF channels = view_channels(tracer, camera, radiance, files.exr_channels, threads);
  write_artifact(view_channels_path(folder, view),
                 [&](const fs::path& file) { save_exr(file, channels, names, half_channels(files, names)); });
}

void write_visible_points(const fs::path& folder, int view, const VisiblePoints& visible) {
  write_artifact(visible_points_path(folder, view),
                 [&](const fs::path& file) { save_visible_points(file, visible); });
}

void write_reference_view(const fs::path& folder, int view, const PathTracer& tracer, const Camera& camera,
                          const Transform& release_world_from_object, int threads) {
  const ImageF depth = view_channels(tracer, camera, {}, {ChannelGroup::kDepth}, threads);
  write_artifact(reference_view_path(folder, view), [&](const fs::path& file) {
    save_reference_view(file, depth, camera, release_world_from_object);
  });
}

void remove_surplus_views(const fs::path& folder, int views, const ViewFiles& files) {
  remove_views_from(folder, views);
  remove_views_from(reference_view_folder(folder), files.reference ? views : 0);
}

}  // namespace funcorr
