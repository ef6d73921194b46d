#include "render/geometry/mesh_quality.h"

#include "tests/catch.h"
#include "tests/render/shapes.h"

namespace funcorr {
namespace {

using namespace tests;

Mesh moved(Mesh mesh, const Vec3d& by, const Vec3d& scale = {1, 1, 1}) {
  for (Vec3d& p : mesh.positions) p = p * scale + by;
  return mesh;
}

// With corners that are equal to the digit, as files have them.
Mesh exact_cube() {
  Mesh cube = cube_mesh(0.5);
  for (Vec3d& p : cube.positions)
    for (int axis = 0; axis < 3; ++axis) p[axis] = p[axis] < 0 ? -0.5 : 0.5;
  return cube;
}

Mesh joined(const std::vector<Mesh>& meshes) {
  Mesh all;
  for (const Mesh& mesh : meshes) append_mesh(all, moved(mesh, {0, 0, 0}), 0);
  return all;
}

}  // namespace

TEST_CASE("closed surfaces have no open edges, open ones those of their rims", "[quality]") {
  // The cube's faces share no vertices, only positions.
  MeshQuality cube = assess_mesh(exact_cube());
  CHECK(cube.open_edge_share == 0);
  CHECK(cube.non_manifold_edge_share == 0);
  CHECK(cube.components == 1);
  CHECK(cube.separate_groups == 1);
  CHECK(cube.flags().empty());
  const MeshQuality square = assess_mesh(square_mesh(0.5));
  CHECK(square.open_edge_share == 0.8);  // 4 of 5
  CHECK(square.flatness == 0);
  CHECK(square.flags() == AssetFlags{AssetFlag::kOpen, AssetFlag::kFlat});
  Mesh box = exact_cube();
  box.triangles.resize(box.triangles.size() - 2);  // without a lid: 4 rim edges of 17
  CHECK_THAT(assess_mesh(box).open_edge_share, Catch::WithinAbs(4.0 / 17, 1e-12));
}

TEST_CASE("an edge of three faces is not manifold", "[quality]") {
  Mesh fan;
  fan.positions = {{0, 0, 0}, {0, 1, 0}, {1, 0, 0}, {-1, 0, 0}, {0, 0, 1}};
  fan.triangles = {{0, 1, 2}, {0, 1, 3}, {0, 1, 4}};
  const MeshQuality quality = assess_mesh(fan);
  CHECK_THAT(quality.non_manifold_edge_share, Catch::WithinAbs(1.0 / 7, 1e-12));
  CHECK_THAT(quality.open_edge_share, Catch::WithinAbs(6.0 / 7, 1e-12));
}

TEST_CASE("pieces that touch are one thing, pieces apart are several", "[quality]") {
  const Mesh cube = exact_cube();
  const MeshQuality touching = assess_mesh(joined({cube, moved(cube, {0.9, 0, 0})}));
  CHECK(touching.components == 2);
  CHECK(touching.separate_groups == 1);
  const MeshQuality apart = assess_mesh(joined({cube, moved(cube, {3, 0, 0})}));
  CHECK(apart.separate_groups == 2);
  CHECK(apart.flags() == AssetFlags{AssetFlag::kFloatingParts});
  const Mesh crumb = moved(cube, {9, 0, 0}, {1e-3, 1e-3, 1e-3});
  CHECK(assess_mesh(joined({cube, crumb})).separate_groups == 1);  // too small to count
}

TEST_CASE("several things, or things on a ground, are suspected to be a scene", "[quality]") {
  const Mesh cube = exact_cube();
  std::vector<Mesh> row;
  for (int i = 0; i < 6; ++i) row.push_back(moved(cube, {3.0 * i, 0, 0}));
  CHECK(assess_mesh(joined(row)).flags().contains(AssetFlag::kSuspectedScene));
  row.pop_back();
  CHECK_FALSE(assess_mesh(joined(row)).flags().contains(AssetFlag::kSuspectedScene));
  const Mesh ground = moved(cube, {0, -0.51, 0}, {8, 0.02, 8});
  const std::vector<Mesh> village{ground, moved(cube, {-2, 0, 0}), moved(cube, {2, 0, 0}),
                                  moved(cube, {0, 0, 2})};
  CHECK(assess_mesh(joined(village)).has_ground);
  CHECK_FALSE(assess_mesh(joined({ground, moved(cube, {0, 0, 0})})).has_ground);  // a trophy on its plate
}

TEST_CASE("needles are told by the ratio of the box's sides", "[quality]") {
  CHECK(assess_mesh(moved(exact_cube(), {}, {60, 1, 1})).flags() == AssetFlags{AssetFlag::kNeedle});
  CHECK(assess_mesh(moved(exact_cube(), {}, {40, 1, 1})).flags().empty());
}

}  // namespace funcorr
