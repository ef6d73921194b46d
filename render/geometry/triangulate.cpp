#include "render/geometry/triangulate.h"

#include <cmath>
#include <numeric>

namespace funcorr {
namespace {

constexpr std::size_t kMostClipped = 1024;

// Twice the area of (a, b, c), positive when counter-clockwise.
double area(const Vec2d& a, const Vec2d& b, const Vec2d& c) {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

Vec3d newell_normal(std::span<const Vec3d> polygon) {
  Vec3d normal;
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const Vec3d a = polygon[i] - polygon[0], b = polygon[(i + 1) % polygon.size()] - polygon[0];
    normal += cross(a, b);
  }
  return normal;
}

// Drops the coordinate along which the normal is longest; counter-clockwise stays so.
std::vector<Vec2d> projected(std::span<const Vec3d> polygon) {
  const Vec3d n = newell_normal(polygon);
  const double x = std::abs(n.x), y = std::abs(n.y), z = std::abs(n.z);
  const int drop = x > y && x > z ? 0 : y > z ? 1 : 2;
  int u = (drop + 1) % 3, v = (drop + 2) % 3;
  if (n[drop] < 0) std::swap(u, v);
  std::vector<Vec2d> flat;
  for (const Vec3d& p : polygon) flat.push_back({p[u] - polygon[0][u], p[v] - polygon[0][v]});
  return flat;
}

bool is_ear(const std::vector<Vec2d>& points, const std::vector<std::size_t>& ring, std::size_t at) {
  const std::size_t n = ring.size();
  const std::size_t ia = ring[(at + n - 1) % n], ib = ring[at], ic = ring[(at + 1) % n];
  const Vec2d &a = points[ia], &b = points[ib], &c = points[ic];
  if (!(area(a, b, c) > 0)) return false;
  for (const std::size_t i : ring) {
    const Vec2d& p = points[i];
    if (p == a || p == b || p == c) continue;
    if (area(a, b, p) >= 0 && area(b, c, p) >= 0 && area(c, a, p) >= 0) return false;
  }
  return true;
}

std::size_t find_ear(const std::vector<Vec2d>& points, const std::vector<std::size_t>& ring) {
  for (std::size_t at = 0; at < ring.size(); ++at)
    if (is_ear(points, ring, at)) return at;
  return 0;  // not simple: go on with any corner
}

}  // namespace

std::vector<std::array<std::size_t, 3>> triangulate(std::span<const Vec3d> polygon) {
  std::vector<std::array<std::size_t, 3>> triangles;
  const std::size_t n = polygon.size();
  if (n < 3) return triangles;
  if (n == 3 || n > kMostClipped) {
    for (std::size_t i = 1; i + 1 < n; ++i) triangles.push_back({0, i, i + 1});
    return triangles;
  }
  const std::vector<Vec2d> points = projected(polygon);
  std::vector<std::size_t> ring(n);
  std::iota(ring.begin(), ring.end(), std::size_t{0});
  while (ring.size() > 3) {
    const std::size_t m = ring.size(), ear = find_ear(points, ring);
    triangles.push_back({ring[(ear + m - 1) % m], ring[ear], ring[(ear + 1) % m]});
    ring.erase(ring.begin() + static_cast<std::ptrdiff_t>(ear));
  }
  triangles.push_back({ring[0], ring[1], ring[2]});
  return triangles;
}

}  // namespace funcorr
