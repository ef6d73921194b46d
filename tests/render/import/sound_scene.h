#pragma once

#include <cmath>
#include <cstdint>
#include <stdexcept>

#include "render/geometry/mesh.h"

namespace funcorr::tests {

// Throws std::logic_error where a scene that was let through lacks what the renderer relies on.
inline void require_sound(const Scene& scene) {
  for (const auto& triangle : scene.mesh.triangles)
    for (const std::uint32_t v : triangle) {
      const Vec3d& p = scene.mesh.positions.at(v);
      if (!std::isfinite(p.x + p.y + p.z)) throw std::logic_error("a vertex is not finite");
      if (!(std::abs(length(scene.mesh.normals.at(v)) - 1.0F) < 1e-3F))
        throw std::logic_error("a normal is not unit");
    }
  for (const Texture& texture : scene.textures)
    if (texture.image.pixels.empty()) throw std::logic_error("a texture without pixels");
}

}  // namespace funcorr::tests
