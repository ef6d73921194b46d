#include "tools/sample_objects/surface.h"

#include <algorithm>
#include <array>
#include <vector>

namespace funcorr {

Mesh normalized_mesh(const GeneratedObject& generated) {
  Scene scene;
  Mesh& mesh = scene.mesh;
  for (std::size_t part = 0; part < generated.object.parts.size(); ++part)
    for (const SampleTriangle& triangle : generated.object.parts[part].triangles) {
      const auto first = static_cast<std::uint32_t>(mesh.positions.size());
      for (const Vec3d& corner : triangle.position)
        mesh.positions.push_back(generated.file_from_object.point(corner));
      mesh.triangles.push_back({first, first + 1, first + 2});
      mesh.triangle_part.push_back(static_cast<std::int16_t>(part));
      mesh.triangle_material.push_back(0);
    }
  compute_smooth_normals(mesh);
  normalize(scene);
  return mesh;
}

std::set<std::int16_t> part_ids(const SampleObject& object, const std::string& name) {
  const auto alias = object.part_aliases.find(name);
  const std::vector<std::string> names =
      alias == object.part_aliases.end() ? std::vector{name} : alias->second;
  std::set<std::int16_t> ids;
  for (std::size_t part = 0; part < object.parts.size(); ++part)
    if (std::ranges::find(names, object.parts[part].name) != names.end())
      ids.insert(static_cast<std::int16_t>(part));
  return ids;
}

}  // namespace funcorr
