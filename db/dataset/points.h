#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "db/format/vector.h"

namespace funcorr {

// Points on a surface, row i of every array is point i.
struct SurfacePoints {
  std::vector<Vec3f> positions;          // in the mesh's frame; of an asset: normalised object space
  std::vector<Vec3f> normals;            // unit, of the face
  std::vector<std::int32_t> triangles;   // the triangle of the mesh that each lies on
  std::vector<std::int16_t> parts;       // part ids (geometry.h); −1 unknown
  std::vector<float> edges;              // probability to lie on an edge of the shape, 0 … 1
  std::vector<std::int32_t> components;  // the piece of the mesh, of those that share no vertex
};

// points.npz in an asset's folder: points and normals float [N, 3], triangle int32, part int16, edge float,
// component int32 [N], which is read as 0, 1, … in the order in which they come. Files of before have no
// components: their points are of one.
std::filesystem::path points_path(const std::filesystem::path& asset_folder);
// Throws std::invalid_argument where the arrays differ in length.
void save_points(const std::filesystem::path& file, const SurfacePoints& points);
// Throws std::runtime_error that names the file and the array that is absent or does not fit.
SurfacePoints load_points(const std::filesystem::path& file);

}  // namespace funcorr
