#include "db/dataset/points.h"

#include <stdexcept>

#include "db/dataset/array_file.h"

namespace funcorr {
namespace {

constexpr const char *kPositions = "points", *kNormals = "normals", *kTriangles = "triangle",
                     *kParts = "part", *kEdges = "edge";

}  // namespace

std::filesystem::path points_path(const std::filesystem::path& asset_folder) {
  return asset_folder / "points.npz";
}

void save_points(const std::filesystem::path& file, const SurfacePoints& points) {
  const std::size_t n = points.positions.size();
  if (points.normals.size() != n || points.triangles.size() != n || points.parts.size() != n ||
      points.edges.size() != n)
    throw std::invalid_argument("surface points: arrays differ in length");
  save_npz(file, {{kPositions, vectors_array(points.positions)},
                  {kNormals, vectors_array(points.normals)},
                  {kTriangles, NpyArray::from(points.triangles, {n})},
                  {kParts, NpyArray::from(points.parts, {n})},
                  {kEdges, NpyArray::from(points.edges, {n})}});
}

SurfacePoints load_points(const std::filesystem::path& file) {
  const ArrayFile arrays(file);
  SurfacePoints points{arrays.read_vectors(kPositions), arrays.read_vectors(kNormals),
                       arrays.read<std::int32_t>(kTriangles), arrays.read<std::int16_t>(kParts),
                       arrays.read<float>(kEdges)};
  for (const char* name : {kNormals, kTriangles, kParts, kEdges})
    arrays.require_rows(name, points.positions.size());
  return points;
}

}  // namespace funcorr
