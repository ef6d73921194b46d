#include "render/geometry/sampling.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "db/format/random.h"

namespace funcorr {
namespace {

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

}  // namespace

SurfacePoints sample_surface(const Mesh& mesh, std::size_t count, std::uint64_t seed) {
  const std::vector<double> cumulative = cumulative_area(mesh);
  const std::vector<std::int32_t> components = components_of(mesh, weld_by_position(mesh.positions));
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
    out.components.push_back(components[t]);
  }
  return out;
}

}  // namespace funcorr
