#include "db/dataset/points.h"

#include <stdexcept>
#include <unordered_map>

#include "db/dataset/array_file.h"

namespace funcorr {
namespace {

constexpr const char *kPositions = "points", *kNormals = "normals", *kTriangles = "triangle",
                     *kParts = "part", *kEdges = "edge", *kComponents = "component";

// Any numbers → 0, 1, … in the order in which they come.
std::vector<std::int32_t> counted(std::vector<std::int32_t> names) {
  std::unordered_map<std::int32_t, std::int32_t> numbers;
  for (std::int32_t& name : names)
    name = numbers.try_emplace(name, static_cast<std::int32_t>(numbers.size())).first->second;
  return names;
}

}  // namespace

std::filesystem::path points_path(const std::filesystem::path& asset_folder) {
  return asset_folder / "points.npz";
}

void save_points(const std::filesystem::path& file, const SurfacePoints& points) {
  const std::size_t n = points.positions.size();
  if (points.normals.size() != n || points.triangles.size() != n || points.parts.size() != n ||
      points.edges.size() != n || points.components.size() != n)
    throw std::invalid_argument("surface points: arrays differ in length");
  save_npz(file, {{kPositions, vectors_array(points.positions)},
                  {kNormals, vectors_array(points.normals)},
                  {kTriangles, NpyArray::from(points.triangles, {n})},
                  {kParts, NpyArray::from(points.parts, {n})},
                  {kEdges, NpyArray::from(points.edges, {n})},
                  {kComponents, NpyArray::from(points.components, {n})}});
}

SurfacePoints load_points(const std::filesystem::path& file) {
  const ArrayFile arrays(file);
  SurfacePoints points{
      arrays.read_vectors(kPositions),   arrays.read_vectors(kNormals), arrays.read<std::int32_t>(kTriangles),
      arrays.read<std::int16_t>(kParts), arrays.read<float>(kEdges),    {}};
  for (const char* name : {kNormals, kTriangles, kParts, kEdges})
    arrays.require_rows(name, points.positions.size());
  if (arrays.contains(kComponents)) {
    arrays.require_rows(kComponents, points.positions.size());
    points.components = counted(arrays.read<std::int32_t>(kComponents));
  } else {
    points.components.assign(points.positions.size(), 0);
  }
  return points;
}

}  // namespace funcorr
