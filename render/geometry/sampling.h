#pragma once

#include <cstdint>

#include "db/dataset/points.h"
#include "render/geometry/mesh.h"

namespace funcorr {

// `count` points, uniform by area: one uniform stratum per point of the exact cumulative area (double), then
// uniform in the triangle (Osada et al. 2002, eq. 1). Equal arguments give equal points on every machine.
// Throws std::invalid_argument for a mesh without area. `edges` stays empty.
SurfacePoints sample_surface(const Mesh& mesh, std::size_t count, std::uint64_t seed);

}  // namespace funcorr
