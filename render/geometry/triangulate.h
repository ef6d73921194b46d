#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "db/format/vector.h"

namespace funcorr {

// Cuts a simple polygon of n corners, convex or not, into n − 2 triangles of the same winding: ears are
// clipped in the plane that fits it (Newell's normal). A polygon that crosses itself or has no area is cut
// somehow, and one of more than 1,024 corners into a fan, as clipping takes n³ steps at worst. Values are
// indices into `polygon`; empty for fewer than 3 corners.
std::vector<std::array<std::size_t, 3>> triangulate(std::span<const Vec3d> polygon);

}  // namespace funcorr
