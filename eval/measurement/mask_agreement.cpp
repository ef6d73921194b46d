#include "eval/measurement/mask_agreement.h"

#include <cmath>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "db/dataset/cameras.h"
#include "db/dataset/crop.h"
#include "db/dataset/mask.h"
#include "db/dataset/view.h"
#include "db/dataset/visible_points.h"
#include "eval/truth/object_files.h"

namespace funcorr {
namespace fs = std::filesystem;

double MaskAgreement::iou() const {
  const std::int64_t either = masked + truth - both;
  return either > 0 ? static_cast<double>(both) / static_cast<double>(either)
                    : std::numeric_limits<double>::quiet_NaN();
}

MaskAgreement& MaskAgreement::operator+=(const MaskAgreement& other) {
  both += other.both;
  masked += other.masked;
  truth += other.truth;
  return *this;
}

std::optional<MaskAgreement> mask_agreement(const fs::path& asset_folder, const std::string& part,
                                            const std::vector<int>& views) {
  const auto on_part = true_part_points(asset_folder, part);
  if (!on_part) return std::nullopt;
  const fs::path folder = view_folder(asset_folder, ViewSet::kTrain);
  const std::vector<Camera> cameras = read_cameras(cameras_path(folder));
  MaskAgreement agreement;
  for (const int view : views) {
    const Camera& camera = cameras.at(static_cast<std::size_t>(view));
    const fs::path file = mask_path(asset_folder, part, view);
    const Image8 mask = fs::exists(file) ? load_mask(file, camera.width, camera.height)
                                         : Image8(camera.width, camera.height, 1);
    const VisiblePoints points = load_visible_points(visible_points_path(folder, view));
    for (std::size_t i = 0; i < points.ids.size(); ++i) {
      const auto id = static_cast<std::size_t>(points.ids[i]);
      const Pixel& pixel = points.pixels[i];
      if (id >= on_part->size() || pixel.x < 0 || pixel.y < 0 || pixel.x >= mask.width ||
          pixel.y >= mask.height)
        throw std::runtime_error(
            fmt::format("{}: point {} at ({}, {}) does not fit the asset's points or views",
                        visible_points_path(folder, view).string(), id, pixel.x, pixel.y));
      const bool is_masked = *mask.at(pixel.x, pixel.y) > kMaskThreshold, is_true = (*on_part)[id];
      agreement += {is_masked && is_true ? 1 : 0, is_masked ? 1 : 0, is_true ? 1 : 0};
    }
  }
  return agreement;
}

PartKind kind_of(const Part& part) {
  if (part.is_edge) return PartKind::kEdge;
  return part.is_small ? PartKind::kSmall : PartKind::kLarge;
}

void MaskAgreements::add(const std::string& uid, PartKind kind, const MaskAgreement& agreement) {
  if (std::isnan(agreement.iou())) return;
  Cluster& cluster = by_asset_[uid][kind];
  cluster.sum += agreement.iou();
  cluster.count += 1;
}

Interval MaskAgreements::iou(std::optional<PartKind> kind, std::uint64_t seed) const {
  std::vector<Cluster> clusters;
  for (const auto& [uid, by_kind] : by_asset_) {
    Cluster all;
    for (const auto& [of, cluster] : by_kind) {
      if (kind && of != *kind) continue;
      all.sum += cluster.sum;
      all.count += cluster.count;
    }
    if (all.count > 0) clusters.push_back(all);
  }
  return bootstrap_mean(clusters, seed);
}

std::int64_t MaskAgreements::count(std::optional<PartKind> kind) const {
  double count = 0;
  for (const auto& [uid, by_kind] : by_asset_)
    for (const auto& [of, cluster] : by_kind) count += !kind || of == *kind ? cluster.count : 0;
  return std::llround(count);
}

}  // namespace funcorr
