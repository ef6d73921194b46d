#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "db/dataset/record/part.h"
#include "db/format/named_enum.h"
#include "eval/metric/bootstrap.h"

namespace funcorr {

// How the masks of one part of an asset agree with where the part truly is: counts over the visible points of
// the training views, each at its pixel.
struct MaskAgreement {
  std::int64_t both = 0, masked = 0,
               truth = 0;  // points: in the mask and on the part; in the mask; on the part
  double iou() const;      // 0 … 1; not a number where neither has a point
  MaskAgreement& operator+=(const MaskAgreement& other);
};

// Of those views' masks, as training reads them (a mask without file is empty), against the part that the
// asset's own file names; nothing where it names none of that name. Throws std::runtime_error that names the
// file which is missing or unfit.
std::optional<MaskAgreement> mask_agreement(const std::filesystem::path& asset_folder,
                                            const std::string& part, const std::vector<int>& views);

// Kinds of parts whose masks are made differently: an edge part is one whether it is small or not.
enum class PartKind { kLarge, kSmall, kEdge };
constexpr auto names_of(PartKind) {
  return std::to_array<EnumName<PartKind>>(
      {{PartKind::kLarge, "large"}, {PartKind::kSmall, "small"}, {PartKind::kEdge, "edge"}});
}
PartKind kind_of(const Part& part);

// Means over (asset, part), by kind and over all, with intervals over assets.
class MaskAgreements {
 public:
  // One (asset, part); one that no view shows, and no mask claims, does not count.
  void add(const std::string& uid, PartKind kind, const MaskAgreement& agreement);
  bool empty() const { return by_asset_.empty(); }
  // Of a kind; of all where none is named. samples: assets.
  Interval iou(std::optional<PartKind> kind, std::uint64_t seed) const;
  std::int64_t count(std::optional<PartKind> kind) const;  // of (asset, part)

 private:
  std::map<std::string, std::map<PartKind, Cluster>> by_asset_;
};

}  // namespace funcorr
