#pragma once

#include <cmath>

#include "db/format/vector.h"

namespace funcorr {

// Orthonormal basis around a unit z (Duff et al. 2017, "Building an Orthonormal Basis, Revisited").
struct Frame {
  explicit Frame(const Vec3f& normal) : z(normal) {
    const float sign = std::copysign(1.0F, z.z);
    const float a = -1.0F / (sign + z.z), b = z.x * z.y * a;
    x = {1.0F + sign * z.x * z.x * a, sign * b, -sign * z.x};
    y = {b, sign + z.y * z.y * a, -z.y};
  }
  Vec3f to_local(const Vec3f& v) const { return {dot(v, x), dot(v, y), dot(v, z)}; }
  Vec3f to_world(const Vec3f& v) const { return x * v.x + y * v.y + z * v.z; }
  Vec3f x, y, z;
};

}  // namespace funcorr
