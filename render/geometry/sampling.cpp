#include "render/geometry/sampling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <stdexcept>
#include <unordered_map>

#include "db/format/random.h"

namespace funcorr {
namespace {

constexpr std::size_t kMaxCandidates = 300;  // of a point, evenly picked: dense clouds need no more

Vec3f to_float(const Vec3d& v) {
  return {static_cast<float>(v.x), static_cast<float>(v.y), static_cast<float>(v.z)};
}

std::vector<double> cumulative_area(const Mesh& mesh) {
  std::vector<double> cumulative(mesh.triangles.size());
  double sum = 0;
  for (std::size_t t = 0; t < cumulative.size(); ++t)
    cumulative[t] = sum += 0.5 * length(mesh.area_vector(t));
  if (!(sum > 0) || !std::isfinite(sum)) throw std::invalid_argument("sample_surface: the mesh has no area");
  return cumulative;
}

// Uniform grid of cells as wide as the search radius: neighbours lie in 27 cells.
class Grid {
 public:
  Grid(const std::vector<Vec3f>& points, double cell) : points_(points), cell_(cell), order_(points.size()) {
    std::iota(order_.begin(), order_.end(), 0u);
    std::vector<std::uint64_t> keys(points.size());
    for (std::size_t i = 0; i < points.size(); ++i) keys[i] = key(cell_of(points[i]));
    std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
      return keys[a] != keys[b] ? keys[a] < keys[b] : a < b;
    });
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const auto [range, is_new] = ranges_.try_emplace(keys[order_[i]], Range{i, i});
      range->second.end = i + 1;
    }
  }

  // Up to about `wanted` candidates around point i, evenly picked in a fixed order.
  void candidates(std::size_t i, std::size_t wanted, std::vector<std::uint32_t>& out) const {
    std::array<Range, 27> near{};
    std::size_t cells = 0, total = 0;
    const Cell center = cell_of(points_[i]);
    for (std::int64_t dx = -1; dx <= 1; ++dx)
      for (std::int64_t dy = -1; dy <= 1; ++dy)
        for (std::int64_t dz = -1; dz <= 1; ++dz) {
          const auto found = ranges_.find(key({center[0] + dx, center[1] + dy, center[2] + dz}));
          if (found == ranges_.end()) continue;
          near[cells++] = found->second;
          total += found->second.end - found->second.begin;
        }
    const std::size_t step = std::max<std::size_t>(1, total / wanted);
    out.clear();
    std::size_t skip = 0;
    for (std::size_t c = 0; c < cells; ++c) {
      std::size_t k = near[c].begin + skip;
      for (; k < near[c].end; k += step) out.push_back(order_[k]);
      skip = k - near[c].end;
    }
  }

 private:
  struct Range {
    std::size_t begin = 0, end = 0;
  };
  using Cell = std::array<std::int64_t, 3>;
  Cell cell_of(const Vec3f& p) const {
    const auto index = [&](float x) {
      return static_cast<std::int64_t>(std::floor(static_cast<double>(x) / cell_));
    };
    return {index(p.x), index(p.y), index(p.z)};
  }
  static std::uint64_t key(const Cell& cell) {  // 21 bits an axis
    const auto bits = [](std::int64_t v) { return static_cast<std::uint64_t>(v + (1 << 20)) & 0x1fffff; };
    return (bits(cell[0]) << 42) | (bits(cell[1]) << 21) | bits(cell[2]);
  }

  const std::vector<Vec3f>& points_;
  double cell_;
  std::vector<std::uint32_t> order_;
  std::unordered_map<std::uint64_t, Range> ranges_;
};

double smoothstep(double low, double high, double x) {
  const double t = std::clamp((x - low) / (high - low), 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

}  // namespace

SurfacePoints sample_surface(const Mesh& mesh, std::size_t count, std::uint64_t seed) {
  const std::vector<double> cumulative = cumulative_area(mesh);
  Random random(seed);
  SurfacePoints out;
  out.positions.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double area =
        (static_cast<double>(i) + random.uniform()) / static_cast<double>(count) * cumulative.back();
    const auto found = std::upper_bound(cumulative.begin(), cumulative.end(), area);
    const auto t = static_cast<std::size_t>(std::min(found, cumulative.end() - 1) - cumulative.begin());
    const double root = std::sqrt(random.uniform()), across = random.uniform();
    const auto& [a, b, c] = mesh.triangles[t];
    const Vec3d point = mesh.positions[a] * (1 - root) + mesh.positions[b] * (root * (1 - across)) +
                        mesh.positions[c] * (root * across);
    out.positions.push_back(to_float(point));
    out.normals.push_back(to_float(normalized(mesh.area_vector(t))));
    out.triangles.push_back(static_cast<std::int32_t>(t));
    out.parts.push_back(mesh.triangle_part.empty() ? std::int16_t{-1} : mesh.triangle_part[t]);
  }
  return out;
}

std::vector<float> edge_probability(const SurfacePoints& points, double radius) {
  constexpr double kLow = 10 * std::numbers::pi / 180, kHigh = 35 * std::numbers::pi / 180;
  const Grid grid(points.positions, radius);
  std::vector<float> probability(points.positions.size(), 0.0f);
  std::vector<std::uint32_t> candidates;
  for (std::size_t i = 0; i < probability.size(); ++i) {
    grid.candidates(i, kMaxCandidates, candidates);
    double angles = 0, weights = 0;
    for (const std::uint32_t j : candidates) {
      const double distance = static_cast<double>(length(points.positions[j] - points.positions[i]));
      if (j == i || distance >= radius) continue;
      const double weight = 1 - distance / radius;
      const double cosine = std::fabs(static_cast<double>(dot(points.normals[i], points.normals[j])));
      angles += weight * std::acos(std::min(cosine, 1.0));
      weights += weight;
    }
    if (weights > 0) probability[i] = static_cast<float>(smoothstep(kLow, kHigh, angles / weights));
  }
  return probability;
}

}  // namespace funcorr
