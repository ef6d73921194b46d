#include "labeling/box/zoom.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace funcorr {
namespace {

constexpr int kMostGroups = 4, kMostRounds = 100;
constexpr double kGrow = 1.5;

using Center = std::array<double, 2>;

double squared_distance(const Center& a, const Center& b) {
  return (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]);
}

std::vector<Center> centers_of(std::span<const PixelBox> boxes) {
  std::vector<Center> centers;
  for (const PixelBox& box : boxes) centers.push_back({box.center_x(), box.center_y()});
  return centers;
}

Center mean_of(const std::vector<Center>& centers) {
  Center mean{};
  for (const Center& center : centers) {
    mean[0] += center[0] / static_cast<double>(centers.size());
    mean[1] += center[1] / static_cast<double>(centers.size());
  }
  return mean;
}

int nearest(const Center& center, const std::vector<Center>& seeds) {
  int best = 0;
  for (std::size_t i = 1; i < seeds.size(); ++i)
    if (squared_distance(center, seeds[i]) < squared_distance(center, seeds[static_cast<std::size_t>(best)]))
      best = static_cast<int>(i);
  return best;
}

std::vector<Center> farthest_first(const std::vector<Center>& centers, int k) {
  std::vector<Center> seeds;
  std::vector<Center> away_from = {mean_of(centers)};
  while (static_cast<int>(seeds.size()) < k) {
    std::size_t farthest = 0;
    double distance = -1;
    for (std::size_t i = 0; i < centers.size(); ++i) {
      const double d =
          squared_distance(centers[i], away_from[static_cast<std::size_t>(nearest(centers[i], away_from))]);
      if (d > distance) {
        distance = d;
        farthest = i;
      }
    }
    seeds.push_back(centers[farthest]);
    away_from = seeds;
  }
  return seeds;
}

std::vector<int> k_means(const std::vector<Center>& centers, int k) {
  std::vector<Center> means = farthest_first(centers, k);
  std::vector<int> groups(centers.size(), -1);
  for (int round = 0; round < kMostRounds; ++round) {
    std::vector<int> assigned;
    for (const Center& center : centers) assigned.push_back(nearest(center, means));
    if (assigned == groups) break;
    groups = assigned;
    for (int group = 0; group < k; ++group) {
      std::vector<Center> members;
      for (std::size_t i = 0; i < centers.size(); ++i)
        if (groups[i] == group) members.push_back(centers[i]);
      if (!members.empty()) means[static_cast<std::size_t>(group)] = mean_of(members);
    }
  }
  return groups;
}

}  // namespace

double mean_silhouette(std::span<const PixelBox> boxes, std::span<const int> groups) {
  const std::vector<Center> centers = centers_of(boxes);
  if (centers.empty()) return 0;
  const int k = 1 + *std::max_element(groups.begin(), groups.end());
  double sum = 0;
  for (std::size_t i = 0; i < centers.size(); ++i) {
    std::vector<double> distance(static_cast<std::size_t>(k), 0);
    std::vector<int> others(static_cast<std::size_t>(k), 0);
    for (std::size_t j = 0; j < centers.size(); ++j) {
      if (j == i) continue;
      const auto group = static_cast<std::size_t>(groups[j]);
      distance[group] += std::sqrt(squared_distance(centers[i], centers[j]));
      ++others[group];
    }
    const auto own = static_cast<std::size_t>(groups[i]);
    if (others[own] == 0) continue;
    const double inside = distance[own] / others[own];
    double outside = std::numeric_limits<double>::infinity();
    for (std::size_t group = 0; group < distance.size(); ++group)
      if (group != own && others[group] > 0) outside = std::min(outside, distance[group] / others[group]);
    const double larger = std::max(inside, outside);
    if (larger > 0 && std::isfinite(larger)) sum += (outside - inside) / larger;
  }
  return sum / static_cast<double>(centers.size());
}

std::vector<int> cluster_boxes(std::span<const PixelBox> boxes) {
  const std::vector<Center> centers = centers_of(boxes);
  std::vector<int> best(centers.size(), 0);
  const bool all_same = std::all_of(centers.begin(), centers.end(),
                                    [&](const Center& center) { return center == centers.front(); });
  if (centers.size() < 3 || all_same) return best;
  double best_silhouette = -std::numeric_limits<double>::infinity();
  for (int k = 2; k <= std::min(static_cast<int>(centers.size()) - 1, kMostGroups); ++k) {
    std::vector<int> groups = k_means(centers, k);
    const double silhouette = mean_silhouette(boxes, groups);
    if (silhouette > best_silhouette) {
      best_silhouette = silhouette;
      best = std::move(groups);
    }
  }
  return best;
}

std::optional<PixelBox> zoom_crop(std::span<const PixelBox> boxes, int width, int height) {
  if (boxes.empty()) return std::nullopt;
  const std::vector<int> groups = cluster_boxes(boxes);
  std::array<int, kMostGroups> sizes{};
  for (const int group : groups) ++sizes[static_cast<std::size_t>(group)];
  int largest = groups.front();
  for (const int group : groups)
    if (sizes[static_cast<std::size_t>(group)] > sizes[static_cast<std::size_t>(largest)]) largest = group;
  const double count = sizes[static_cast<std::size_t>(largest)];
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (groups[i] != largest) continue;
    x1 += boxes[i].x1 / count;
    y1 += boxes[i].y1 / count;
    x2 += boxes[i].x2 / count;
    y2 += boxes[i].y2 / count;
  }
  const double half = 0.5 * kGrow * std::max(x2 - x1, y2 - y1), x = 0.5 * (x1 + x2), y = 0.5 * (y1 + y2);
  const auto on_axis = [](double position, int end) {
    return std::clamp(static_cast<int>(std::lround(position)), 0, end);
  };
  const PixelBox crop{on_axis(x - half, width), on_axis(y - half, height), on_axis(x + half, width),
                      on_axis(y + half, height)};
  if (crop.width() <= 0 || crop.height() <= 0) return std::nullopt;
  return crop;
}

}  // namespace funcorr
