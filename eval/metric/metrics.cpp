#include "eval/metric/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>

#include "db/dataset/crop.h"

namespace funcorr {
namespace {

constexpr int kCutoffs = 100;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

// numpy's arange(0.01, 1.01, 0.01)[i], whose doubles decide the floor(n·cut) below.
double cutoff(int i) { return 0.01 + i * 0.01; }

// Ground-truth pairs sorted into cells over (x₁, y₁, x₂, y₂); pairs within `reach` px at both ends of a query
// lie in the 3⁴ cells around it.
class PairGrid {
 public:
  PairGrid(const std::vector<PixelPair>& pairs, int reach) : pairs_(pairs), cell_(std::max(8, reach)) {
    for (const PixelPair& pair : pairs) {
      const auto key = coordinates(pair);
      for (std::size_t axis = 0; axis < 4; ++axis) {
        low_[axis] = std::min(low_[axis], key[axis]);
        high_[axis] = std::max(high_[axis], key[axis]);
      }
    }
    std::size_t cells = 1;
    for (std::size_t axis = 0; axis < 4; ++axis) {
      side_[axis] = (high_[axis] - low_[axis]) / cell_ + 1;
      stride_[axis] = cells;
      cells *= static_cast<std::size_t>(side_[axis]);
    }
    begin_.assign(cells + 1, 0);
    for (const PixelPair& pair : pairs) ++begin_[cell_of(pair) + 1];
    std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
    members_.resize(pairs.size());
    std::vector<std::size_t> next(begin_.begin(), begin_.end() - 1);
    for (std::size_t i = 0; i < pairs.size(); ++i) members_[next[cell_of(pairs[i])]++] = i;
  }

  // visit(index of a ground-truth pair, squared distance of the farther end), for all that may be in reach.
  template <typename Visit>
  void for_each_near(const PixelPair& query, const Visit& visit) const {
    const auto key = coordinates(query);
    std::array<std::int32_t, 4> from{}, to{};
    for (std::size_t axis = 0; axis < 4; ++axis) {
      const std::int32_t at = floor_divide(key[axis] - low_[axis], cell_);
      from[axis] = std::max(0, at - 1);
      to[axis] = std::min(side_[axis] - 1, at + 1);
      if (from[axis] > to[axis]) return;
    }
    for (std::int32_t d = from[3]; d <= to[3]; ++d)
      for (std::int32_t c = from[2]; c <= to[2]; ++c)
        for (std::int32_t b = from[1]; b <= to[1]; ++b) {
          // Cells along the first axis are neighbours in memory.
          const std::size_t row = index({0, b, c, d});
          const std::size_t first = begin_[row + static_cast<std::size_t>(from[0])];
          const std::size_t last = begin_[row + static_cast<std::size_t>(to[0]) + 1];
          for (std::size_t m = first; m < last; ++m) {
            const PixelPair& pair = pairs_[members_[m]];
            visit(members_[m], std::max(squared_distance(pair.first, query.first),
                                        squared_distance(pair.second, query.second)));
          }
        }
  }

 private:
  static std::array<std::int32_t, 4> coordinates(const PixelPair& pair) {
    return {pair.first.x, pair.first.y, pair.second.x, pair.second.y};
  }
  static std::int32_t floor_divide(std::int32_t a, std::int32_t b) {
    return a >= 0 ? a / b : -((-a + b - 1) / b);
  }
  std::size_t index(const std::array<std::int32_t, 4>& cell) const {
    std::size_t at = 0;
    for (std::size_t axis = 0; axis < 4; ++axis) at += static_cast<std::size_t>(cell[axis]) * stride_[axis];
    return at;
  }
  std::size_t cell_of(const PixelPair& pair) const {
    auto key = coordinates(pair);
    for (std::size_t axis = 0; axis < 4; ++axis) key[axis] = (key[axis] - low_[axis]) / cell_;
    return index(key);
  }

  const std::vector<PixelPair>& pairs_;
  std::int32_t cell_;
  static constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();
  std::array<std::int32_t, 4> low_{kMost, kMost, kMost, kMost}, high_{-kMost, -kMost, -kMost, -kMost};
  std::array<std::int32_t, 4> side_{};
  std::array<std::size_t, 4> stride_{};
  std::vector<std::size_t> begin_, members_;
};

// hits[r]: the pair of rank r is right. first_hit[g]: the rank that first recovers ground-truth pair g.
struct Hits {
  std::vector<bool> hits;
  std::vector<std::int64_t> first_hit;
};

DiscoveryMetrics curve(const Hits& found, double threshold) {
  DiscoveryMetrics result;
  result.threshold = threshold;
  std::vector<std::int64_t> recovered = found.first_hit, right(found.hits.size() + 1, 0);
  std::sort(recovered.begin(), recovered.end());
  for (std::size_t r = 0; r < found.hits.size(); ++r) right[r + 1] = right[r] + (found.hits[r] ? 1 : 0);
  double last_recall = 0;
  for (int i = 0; i < kCutoffs; ++i) {
    const double n = static_cast<double>(found.hits.size());
    const auto top = std::min(static_cast<std::int64_t>(n * cutoff(i)), static_cast<std::int64_t>(n));
    const auto covered = std::lower_bound(recovered.begin(), recovered.end(), top) - recovered.begin();
    const double precision =
        top == 0 ? 0.0 : static_cast<double>(right[static_cast<std::size_t>(top)]) / static_cast<double>(top);
    const double recall = static_cast<double>(covered) / static_cast<double>(recovered.size());
    result.precision.push_back(precision);
    result.recall.push_back(recall);
    if (precision + recall > 0)
      result.best_f1 = std::max(result.best_f1, 2 * precision * recall / (precision + recall));
    result.average_precision += (recall - last_recall) * precision;
    last_recall = recall;
  }
  return result;
}

}  // namespace

TransferMetrics label_transfer(const std::vector<Pixel>& truth, const std::vector<Pixel>& predicted,
                               const std::vector<double>& thresholds) {
  if (truth.empty() || truth.size() != predicted.size())
    throw std::invalid_argument("label transfer: " + std::to_string(truth.size()) +
                                " ground-truth pixels for " + std::to_string(predicted.size()) +
                                " predictions; equal numbers, at least one, are needed");
  TransferMetrics result;
  result.pck.assign(thresholds.size(), 0.0);
  const double n = static_cast<double>(truth.size());
  double sum = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const double distance = std::sqrt(static_cast<double>(squared_distance(truth[i], predicted[i])));
    sum += distance;
    for (std::size_t t = 0; t < thresholds.size(); ++t)
      if (distance <= thresholds[t]) result.pck[t] += 1;
  }
  result.normalized_distance = sum / n / (kCropSize - 1);
  for (double& share : result.pck) share /= n;
  return result;
}

std::vector<DiscoveryMetrics> discovery(const std::vector<PixelPair>& truth,
                                        const std::vector<PixelPair>& ranked,
                                        const std::vector<double>& thresholds) {
  if (truth.empty() || ranked.empty())
    throw std::invalid_argument("discovery: " + std::to_string(truth.size()) + " ground-truth pairs and " +
                                std::to_string(ranked.size()) + " ranked pairs; both need at least one");
  if (thresholds.empty()) return {};
  const double reach = *std::max_element(thresholds.begin(), thresholds.end());
  const PairGrid grid(truth, static_cast<int>(std::ceil(reach)));
  std::vector<Hits> found(thresholds.size());
  for (Hits& at : found) {
    at.hits.assign(ranked.size(), false);
    at.first_hit.assign(truth.size(), kNever);
  }
  for (std::size_t rank = 0; rank < ranked.size(); ++rank)
    grid.for_each_near(ranked[rank], [&](std::size_t g, std::int64_t squared) {
      for (std::size_t t = 0; t < thresholds.size(); ++t) {
        if (static_cast<double>(squared) > thresholds[t] * thresholds[t]) continue;
        found[t].hits[rank] = true;
        found[t].first_hit[g] = std::min(found[t].first_hit[g], static_cast<std::int64_t>(rank));
      }
    });
  std::vector<DiscoveryMetrics> results;
  for (std::size_t t = 0; t < thresholds.size(); ++t) results.push_back(curve(found[t], thresholds[t]));
  return results;
}

}  // namespace funcorr
