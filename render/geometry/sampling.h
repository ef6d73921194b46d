#pragma once

#include <cstdint>
#include <vector>

#include "db/dataset/points.h"
#include "render/geometry/mesh.h"

namespace funcorr {

// `count` points, uniform by area: one uniform stratum per point of the exact cumulative area (double), then
// uniform in the triangle (Osada et al. 2002, eq. 1). Equal arguments give equal points on every machine.
// Throws std::invalid_argument for a mesh without area. `edges` stays empty.
SurfacePoints sample_surface(const Mesh& mesh, std::size_t count, std::uint64_t seed);

// Probability that a point lies on an edge of the shape, 0 … 1; ours (the release takes its own from a
// network): within `radius` of the point, the mean angle θ between its normal and its neighbours' normals
// (sign ignored, so that thin sheets and inconsistent windings do not count), weighted by how near they are;
// then smoothstep(10°, 35°, θ). A straight 90° crease gives θ = 45° on the crease and 0° beyond the radius; a
// sphere of radius 0.5 stays near 2° at a radius of 0.02.
std::vector<float> edge_probability(const SurfacePoints& points, double radius);

}  // namespace funcorr
