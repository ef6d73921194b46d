#include "render/views/disk_estimate.h"

#include "render/visibility/channels.h"

namespace funcorr {
namespace {

// Measured on the sample objects and the 86 real ones at 490 px.
constexpr double kPngBytesPerPixel = 0.42, kExrBytesPerPixelAndChannel = 0.55, kBytesPerVisiblePoint = 1.7;
constexpr double kVisibleShare = 0.35;  // of the points

}  // namespace

DiskEstimate estimate_disk(const ViewOptions& options, double points) {
  const double views = options.label_views + options.train_views;
  const double pixels = static_cast<double>(options.size_px) * options.size_px;
  const auto channels = static_cast<double>(channel_names(options.files.exr_channels).size());
  const double exr_bytes = kExrBytesPerPixelAndChannel * (options.files.exr_half ? 0.5 : 1.0);
  return {views * pixels * kPngBytesPerPixel * 1e-6, views * pixels * channels * exr_bytes * 1e-6,
          views * points * kVisibleShare * kBytesPerVisiblePoint * 1e-6};
}

}  // namespace funcorr
