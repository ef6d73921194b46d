#include "labeling/mask/shown_surface.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "db/dataset/view.h"
#include "labeling/fusion/posterior.h"
#include "render/visibility/channels.h"

namespace funcorr {

namespace fs = std::filesystem;

Image8 load_object_mask(const fs::path& view_folder, int view) {
  const Image8 rgba = load_view_image(view_image_path(view_folder, view));
  Image8 alpha(rgba.width, rgba.height, 1);
  for (std::size_t i = 0; i < alpha.pixels.size(); ++i) alpha.pixels[i] = rgba.pixels[4 * i + 3];
  return alpha;
}

ShownSurface::ShownSurface(const fs::path& asset_folder)
    : views_(view_folder(asset_folder, ViewSet::kTrain)),
      points_(load_points(points_path(asset_folder))),
      interpolator_(points_),
      cameras_(read_cameras(cameras_path(views_))) {}

PartMask ShownSurface::mask(const std::vector<double>& posterior, int view) const {
  const Camera& camera = cameras_.at(static_cast<std::size_t>(view));
  const std::vector<float> values(posterior.begin(), posterior.end());
  const ImageF in_view = interpolator_.in_view(values, camera, surface(view));
  PartMask mask{posterior_mask(in_view, best_cut(posterior).threshold, load_object_mask(views_, view)),
                MaskBranch::kPosterior};
  if (std::ranges::find(mask.mask.pixels, 255) == mask.mask.pixels.end()) mask.branch = MaskBranch::kEmpty;
  return mask;
}

ImageF ShownSurface::surface(int view) const {
  using enum ChannelGroup;
  try {
    return load_exr_channels(view_channels_path(views_, view), channel_names({kDepth, kNormal}));
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(std::string(error.what()) +
                             "; masks of a posterior need Z and N of every training view: render with them "
                             "([render] exr_channels), or aggregate with mode = \"reference\"");
  }
}

}  // namespace funcorr
