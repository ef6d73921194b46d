#include "labeling/fusion/box_evidence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace funcorr {
namespace {

constexpr std::size_t kLeastScatter = 3;  // boxes of a view
constexpr double kUnknownJitter = 0.1, kLeastJitter = 0.02, kMostJitter = 0.35;
constexpr double kLeastExtent = 4, kLeastBlur = 1;  // px
constexpr double kTail = 0.01;
constexpr std::int32_t kLeastPoints = 3;

std::array<double, 4> sides_of(const RealSides& box) { return {box.x1, box.y1, box.x2, box.y2}; }

double median(std::vector<double> values) {
  const auto upper = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), upper, values.end());
  if (values.size() % 2 == 1) return *upper;
  return 0.5 * (*upper + *std::max_element(values.begin(), upper));
}

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

std::vector<float> chances_inside(double from, double to, double jitter, int size) {
  const double blur = std::max(jitter * (to - from), kLeastBlur);
  std::vector<float> chances(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < chances.size(); ++i) {
    const double center = static_cast<double>(i) + 0.5;
    chances[i] = static_cast<float>(normal_cdf((center - from) / blur) * normal_cdf((to - center) / blur));
  }
  return chances;
}

// Where the first and the last of the counted points lie but for the tails: [first, last + 1).
std::pair<double, double> span_of(const std::vector<std::int32_t>& counts, double tail) {
  const auto first_beyond = [tail](auto begin, auto end) {
    double sum = 0;
    auto at = begin;
    while (at != end && (sum += *at) <= tail) ++at;
    return at - begin;
  };
  return {static_cast<double>(first_beyond(counts.begin(), counts.end())),
          static_cast<double>(static_cast<std::ptrdiff_t>(counts.size()) -
                              first_beyond(counts.rbegin(), counts.rend()))};
}

}  // namespace

RealSides real_box(const PixelBox& box) {
  return {static_cast<double>(box.x1), static_cast<double>(box.y1), static_cast<double>(box.x2),
          static_cast<double>(box.y2)};
}

double intersection_over_union(const RealSides& a, const RealSides& b) {
  const double width = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
  const double height = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  if (!(width > 0 && height > 0)) return 0;
  const double both = width * height;
  return both / (a.width() * a.height() + b.width() * b.height() - both);
}

double estimate_jitter(std::span<const std::vector<RealSides>> boxes_of_views) {
  std::vector<double> deviations;
  for (const std::vector<RealSides>& boxes : boxes_of_views) {
    if (boxes.size() < kLeastScatter) continue;
    std::array<double, 4> middle{};
    for (std::size_t side = 0; side < 4; ++side) {
      std::vector<double> values;
      for (const RealSides& box : boxes) values.push_back(sides_of(box)[side]);
      middle[side] = median(std::move(values));
    }
    for (const RealSides& box : boxes)
      for (std::size_t side = 0; side < 4; ++side) {
        const double extent = side % 2 == 0 ? middle[2] - middle[0] : middle[3] - middle[1];
        deviations.push_back(std::abs(sides_of(box)[side] - middle[side]) / std::max(extent, kLeastExtent));
      }
  }
  if (deviations.empty()) return kUnknownJitter;
  constexpr double kSigmaPerMedian = 1.4826;  // of a normal distribution
  constexpr double kOwnMedian = 1.25;         // the median of so few boxes follows them
  return std::clamp(kSigmaPerMedian * kOwnMedian * median(std::move(deviations)), kLeastJitter, kMostJitter);
}

SoftSides::SoftSides(const RealSides& box, double jitter, int width, int height)
    : columns(chances_inside(box.x1, box.x2, jitter, width)),
      rows(chances_inside(box.y1, box.y2, jitter, height)) {}

void ExtentCount::add(const ExtentCount& other) {
  for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i] += other.columns_[i];
  for (std::size_t i = 0; i < rows_.size(); ++i) rows_[i] += other.rows_[i];
  total_ += other.total_;
}

std::optional<RealSides> ExtentCount::box() const {
  if (total_ < kLeastPoints) return std::nullopt;
  const auto [x1, x2] = span_of(columns_, kTail * total_);
  const auto [y1, y2] = span_of(rows_, kTail * total_);
  return RealSides{x1, y1, x2, y2};
}

}  // namespace funcorr
