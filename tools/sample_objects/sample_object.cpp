#include "tools/sample_objects/sample_object.h"

#include <cmath>
#include <span>
#include <unordered_map>

#include "db/format/hash.h"
#include "tools/sample_objects/function_frame.h"

namespace funcorr {
namespace {

constexpr double kWeldDistance = 1e-9;  // metres

struct PointKey {
  std::int64_t x, y, z;
  friend bool operator==(const PointKey&, const PointKey&) = default;
};
struct PointKeyHash {
  std::size_t operator()(const PointKey& key) const { return fast_hash(std::as_bytes(std::span(&key, 1))); }
};
PointKey key_of(const Vec3d& p) {
  const auto cell = [](double x) { return static_cast<std::int64_t>(std::llround(x / kWeldDistance)); };
  return {cell(p.x), cell(p.y), cell(p.z)};
}

Vec3d area_normal(const SampleTriangle& t) {  // length: twice the area
  return cross(t.position[1] - t.position[0], t.position[2] - t.position[0]);
}

using NormalsAtPoint = std::unordered_map<PointKey, std::vector<Vec3d>, PointKeyHash>;

NormalsAtPoint collect_normals(const SampleObject& object) {
  NormalsAtPoint normals;
  for (const SamplePart& part : object.parts)
    for (const SampleTriangle& triangle : part.triangles)
      for (const Vec3d& p : triangle.position) normals[key_of(p)].push_back(area_normal(triangle));
  return normals;
}

ShadedPart shade_part(const SamplePart& part, const NormalsAtPoint& normals, double crease_cosine) {
  struct Vertex {
    Vec3d normal;
    Vec2d uv;
    std::uint32_t index;
  };
  std::unordered_map<PointKey, std::vector<Vertex>, PointKeyHash> known;
  ShadedPart shaded;
  for (const SampleTriangle& triangle : part.triangles) {
    const Vec3d own = normalized(area_normal(triangle));
    std::array<std::uint32_t, 3> corners{};
    for (std::size_t c = 0; c < 3; ++c) {
      const PointKey key = key_of(triangle.position[c]);
      Vec3d sum{};
      for (const Vec3d& n : normals.at(key))
        if (dot(normalized(n), own) >= crease_cosine) sum += n;
      const Vec3d normal = normalized(sum);
      auto& vertices = known[key];
      const Vertex* same = nullptr;
      for (const Vertex& v : vertices)
        if (v.uv == triangle.uv[c] && dot(v.normal, normal) > 1 - 1e-9) same = &v;
      if (same == nullptr) {
        vertices.push_back({normal, triangle.uv[c], static_cast<std::uint32_t>(shaded.positions.size())});
        same = &vertices.back();
        shaded.positions.push_back(triangle.position[c]);
        shaded.normals.push_back(normal);
        shaded.uvs.push_back(triangle.uv[c]);
      }
      corners[c] = same->index;
    }
    shaded.triangles.push_back(corners);
  }
  return shaded;
}

}  // namespace

int SampleObject::add_material(SampleMaterial material) {
  materials.push_back(std::move(material));
  return static_cast<int>(materials.size()) - 1;
}

int SampleObject::add_part(std::string name, int material) {
  parts.push_back({std::move(name), material, {}});
  return static_cast<int>(parts.size()) - 1;
}

void warp_object(SampleObject& object, const std::function<Vec3d(const Vec3d&)>& warp) {
  for (SamplePart& part : object.parts)
    for (SampleTriangle& triangle : part.triangles)
      for (Vec3d& p : triangle.position) p = warp(p);
  for (auto& [name, function] : object.functions) {
    const Transform& frame = function.object_from_function;
    const Vec3d origin = frame.translation;
    const Vec3d x = frame.direction({1, 0, 0});
    const Vec3d y = frame.direction({0, 1, 0});
    constexpr double kStep = 1e-3;  // of the unit length
    const auto derivative = [&](const Vec3d& along) {
      return (warp(origin + along * kStep) - warp(origin - along * kStep)) * (0.5 / kStep);
    };
    const Vec3d warped_x = derivative(x);
    function.object_from_function = function_frame(warp(origin), warped_x, derivative(y), length(warped_x));
  }
}

void drop_degenerate_triangles(SampleObject& object) {
  constexpr double kSmallestDoubledArea = 1e-12;  // m²
  for (SamplePart& part : object.parts)
    std::erase_if(part.triangles,
                  [](const SampleTriangle& t) { return length(area_normal(t)) < kSmallestDoubledArea; });
}

std::vector<ShadedPart> shade_smoothly(const SampleObject& object, double crease_degrees) {
  const NormalsAtPoint normals = collect_normals(object);
  const double crease_cosine = std::cos(crease_degrees * 3.14159265358979323846 / 180);
  std::vector<ShadedPart> shaded;
  shaded.reserve(object.parts.size());
  for (const SamplePart& part : object.parts) shaded.push_back(shade_part(part, normals, crease_cosine));
  return shaded;
}

}  // namespace funcorr
