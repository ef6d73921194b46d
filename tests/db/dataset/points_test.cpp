#include "db/dataset/points.h"

#include "db/format/npy.h"
#include "tests/catch.h"
#include "tests/db/dataset/made_points.h"
#include "tests/temporary_folder.h"

namespace funcorr {

TEST_CASE("surface points come back as they were") {
  const tests::TemporaryFolder folder;
  const auto file = points_path(folder.path());
  CHECK(file.filename() == "points.npz");
  SurfacePoints points = tests::made_points({0, 2, -1});
  points.edges = {0, 0.25F, 1};
  points.components = {0, 1, 1};
  save_points(file, points);
  const SurfacePoints read = load_points(file);
  CHECK((read.positions == points.positions));
  CHECK((read.normals == points.normals));
  CHECK(read.triangles == points.triangles);
  CHECK(read.parts == points.parts);
  CHECK(read.edges == points.edges);
  CHECK(read.components == points.components);
}

TEST_CASE("points.npz keeps the arrays that others know it by") {
  const tests::TemporaryFolder folder;
  const auto file = points_path(folder.path());
  save_points(file, tests::made_points({0, 2, -1}));
  const auto arrays = load_npz(file);
  CHECK(arrays.size() == 6);
  CHECK(arrays.at("points").shape == std::vector<std::size_t>{3, 3});
  CHECK(arrays.at("normals").dtype == "f4");
  CHECK(arrays.at("triangle").dtype == "i4");
  CHECK(arrays.at("part").as<std::int16_t>() == std::vector<std::int16_t>{0, 2, -1});
  CHECK(arrays.at("edge").dtype == "f4");
  CHECK(arrays.at("component").dtype == "i4");
}

TEST_CASE("points of before are of one component") {
  const tests::TemporaryFolder folder;
  const auto file = points_path(folder.path());
  save_points(file, tests::made_points({0, 2, -1}));
  auto arrays = load_npz(file);
  arrays.erase("component");
  save_npz(file, arrays);
  CHECK(load_points(file).components == std::vector<std::int32_t>{0, 0, 0});
  arrays.insert_or_assign("component", NpyArray::from(std::vector<std::int32_t>{1}, {1}));
  save_npz(file, arrays);
  CHECK_THROWS_WITH(load_points(file), Catch::Matchers::ContainsSubstring("\"component\""));
}

TEST_CASE("surface points that do not fit together are neither written nor read") {
  const tests::TemporaryFolder folder;
  const auto file = points_path(folder.path());
  SurfacePoints points = tests::made_points({0, 1});
  points.edges.pop_back();
  CHECK_THROWS_AS(save_points(file, points), std::invalid_argument);
  points.edges.push_back(0);
  save_points(file, points);
  auto arrays = load_npz(file);
  arrays.at("triangle") = NpyArray::from(std::vector<std::int32_t>{1}, {1});
  save_npz(file, arrays);
  CHECK_THROWS_WITH(load_points(file), Catch::Matchers::ContainsSubstring("\"triangle\""));
  arrays.erase("part");
  save_npz(file, arrays);
  CHECK_THROWS_WITH(load_points(file), file.string() + " has no array \"part\"");
}

}  // namespace funcorr
