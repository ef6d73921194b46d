#include "eval/truth/ground_truth.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "db/dataset/crop.h"
#include "eval/truth/assignment.h"

namespace funcorr {
namespace {

constexpr std::size_t kBestViews = 5;

std::size_t count_true(const std::vector<bool>& flags) {
  return static_cast<std::size_t>(std::count(flags.begin(), flags.end(), true));
}

// Of the flagged points, the share that a view sees.
double share_seen(const std::vector<std::int32_t>& visible_ids, const std::vector<bool>& flagged) {
  const std::size_t all = count_true(flagged);
  if (all == 0) return 0;
  const auto seen = std::count_if(visible_ids.begin(), visible_ids.end(),
                                  [&](std::int32_t id) { return flagged[static_cast<std::size_t>(id)]; });
  return static_cast<double>(seen) / static_cast<double>(all);
}

// The views of the highest scores, best first (ties: lower index), none whose `required` is 0.
std::vector<int> best_views(const std::vector<double>& score, const std::vector<double>& required) {
  std::vector<int> order(score.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return score[static_cast<std::size_t>(a)] > score[static_cast<std::size_t>(b)];
  });
  std::erase_if(order, [&](int view) { return required[static_cast<std::size_t>(view)] <= 0; });
  if (order.size() > kBestViews) order.resize(kBestViews);
  return order;
}

std::vector<double> part_shares(const ObjectViews& object, const std::vector<bool>& in_part) {
  std::vector<double> shares;
  for (const auto& ids : object.visible_ids) shares.push_back(share_seen(ids, in_part));
  return shares;
}

int pick(const std::vector<int>& views, Random& random) {
  return views[static_cast<std::size_t>(random.below(views.size()))];
}

std::vector<SeenPoint> unique_per_pixel(const std::vector<SeenPoint>& points) {
  std::vector<bool> taken(kCropPixels, false);
  std::vector<SeenPoint> unique;
  for (const SeenPoint& point : points) {
    const auto at = crop_index(point.pixel);
    if (taken[at]) continue;
    taken[at] = true;
    unique.push_back(point);
  }
  return unique;
}

std::vector<SeenPoint> sampled(const std::vector<SeenPoint>& points, std::size_t count, Random& random) {
  const std::size_t start = static_cast<std::size_t>(random.below(points.size()));
  if (count == points.size()) return points;
  std::vector<Pixel> pixels;
  for (const SeenPoint& point : points) pixels.push_back(point.pixel);
  std::vector<SeenPoint> chosen;
  for (const std::size_t i : farthest_pixels(pixels, count, start)) chosen.push_back(points[i]);
  return chosen;
}

std::vector<Vec3d> positions(const std::vector<SeenPoint>& points) {
  std::vector<Vec3d> result;
  for (const SeenPoint& point : points) result.push_back(point.position);
  return result;
}

}  // namespace

std::vector<bool> points_seen_from(const Camera& camera, const Transform& camera_world_from_object,
                                   const std::vector<Vec3d>& points, const std::vector<Vec3d>& normals) {
  std::vector<bool> seen(points.size(), false);
  if (points.empty()) return seen;
  // About eight samples a cell where the object fills the image.
  const double cell = std::max(1.0, camera.width * std::sqrt(8.0 / static_cast<double>(points.size())));
  const auto columns = static_cast<std::size_t>(std::ceil(camera.width / cell));
  const auto rows = static_cast<std::size_t>(std::ceil(camera.height / cell));
  std::vector<double> nearest(columns * rows, std::numeric_limits<double>::infinity());
  std::vector<std::size_t> cell_of(points.size(), nearest.size());
  std::vector<double> depth(points.size());
  std::vector<double> slope(points.size(), 2.0);  // depth per width of the surface, as the camera sees it
  const Vec3d eye = camera.center();
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Vec3d world = camera_world_from_object.point(points[i]);
    if (!normals.empty()) {
      const double cosine =
          dot(normalized(camera_world_from_object.normal(normals[i])), normalized(eye - world));
      if (cosine <= 0) continue;
      slope[i] = std::min(10.0, std::sqrt(1 - std::min(1.0, cosine * cosine)) / cosine);
    }
    const Vec3d projected = camera.project(world);
    const bool inside = projected.z > 0 && projected.x >= 0 && projected.x < camera.width &&
                        projected.y >= 0 && projected.y < camera.height;
    if (!inside) continue;
    cell_of[i] =
        static_cast<std::size_t>(projected.y / cell) * columns + static_cast<std::size_t>(projected.x / cell);
    depth[i] = projected.z;
    nearest[cell_of[i]] = std::min(nearest[cell_of[i]], projected.z);
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (cell_of[i] == nearest.size()) continue;
    // The point's own surface may reach this much nearer to the camera within the cell.
    const double slack = (1 + 1.5 * slope[i]) * cell * depth[i] / camera.fx;
    seen[i] = depth[i] <= nearest[cell_of[i]] + slack;
  }
  return seen;
}

std::vector<ViewPair> choose_views(const ObjectViews& object_1, const std::vector<bool>& in_part_1,
                                   const ObjectViews& object_2, const std::vector<bool>& in_part_2,
                                   const Transform& object_1_from_object_2, int trials, Random& random) {
  const std::vector<double> shares_1 = part_shares(object_1, in_part_1);
  const std::vector<double> shares_2 = part_shares(object_2, in_part_2);
  const std::vector<int> candidates_1 = best_views(shares_1, shares_1);
  std::vector<std::vector<int>> candidates_2(object_1.cameras.size());
  std::size_t possible = 0;
  for (const int view_1 : candidates_1) {
    const std::vector<bool> from_camera_1 =
        points_seen_from(object_1.cameras[static_cast<std::size_t>(view_1)], object_1_from_object_2,
                         object_2.points, object_2.normals);
    std::vector<double> score;
    for (std::size_t v = 0; v < shares_2.size(); ++v)
      score.push_back(0.5 * share_seen(object_2.visible_ids[v], from_camera_1) + 0.5 * shares_2[v]);
    candidates_2[static_cast<std::size_t>(view_1)] = best_views(score, shares_2);
    possible += candidates_2[static_cast<std::size_t>(view_1)].size();
  }
  std::vector<ViewPair> chosen;
  while (chosen.size() < std::min(static_cast<std::size_t>(trials), possible)) {
    ViewPair pair;
    pair.view_1 = pick(candidates_1, random);
    pair.view_2 = pick(candidates_2[static_cast<std::size_t>(pair.view_1)], random);
    if (std::find(chosen.begin(), chosen.end(), pair) == chosen.end()) chosen.push_back(pair);
  }
  return chosen;
}

std::vector<std::size_t> farthest_pixels(const std::vector<Pixel>& pixels, std::size_t count,
                                         std::size_t start) {
  std::vector<std::size_t> chosen;
  std::vector<std::int32_t> distance(pixels.size(), std::numeric_limits<std::int32_t>::max());
  for (std::size_t next = start; chosen.size() < count;) {
    chosen.push_back(next);
    const Pixel from = pixels[next];
    distance[next] = -1;
    std::int32_t farthest = -1;
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      const std::int32_t dx = pixels[i].x - from.x, dy = pixels[i].y - from.y;
      distance[i] = std::min(distance[i], dx * dx + dy * dy);
      farthest = std::max(farthest, distance[i]);
    }
    next = static_cast<std::size_t>(std::find(distance.begin(), distance.end(), farthest) - distance.begin());
  }
  return chosen;
}

GroundTruth match_views(const std::vector<SeenPoint>& view_1, const std::vector<SeenPoint>& view_2,
                        std::size_t most_points, Random& random) {
  GroundTruth result;
  const std::vector<SeenPoint> unique_1 = unique_per_pixel(view_1), unique_2 = unique_per_pixel(view_2);
  const std::size_t count = std::min({unique_1.size(), unique_2.size(), most_points});
  if (count == 0) return result;
  const std::vector<SeenPoint> points_1 = sampled(unique_1, count, random);
  const std::vector<SeenPoint> points_2 = sampled(unique_2, count, random);
  const Assignment assignment = assign_points(positions(points_1), positions(points_2));
  for (std::size_t i = 0; i < count; ++i)
    result.pairs.push_back(
        {points_1[i].pixel, points_2[static_cast<std::size_t>(assignment.column_of_row[i])].pixel});
  std::sort(result.pairs.begin(), result.pairs.end(), [](const PixelPair& a, const PixelPair& b) {
    return a.first.y != b.first.y ? a.first.y < b.first.y : a.first.x < b.first.x;
  });
  result.mean_distance = assignment.cost / static_cast<double>(count);
  return result;
}

}  // namespace funcorr
