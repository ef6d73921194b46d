#include "db/dataset/reference_view.h"

#include <cmath>

#include "db/format/npy.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {

// Nothing here reads the file: the test takes the way back by hand.
TEST_CASE("a reference view holds the depth, and the camera that sees the release's world") {
  const tests::TemporaryFolder folder;
  const auto file = reference_view_path(folder.path(), 4);
  CHECK(file == folder / "reference/0004.npz");
  std::filesystem::create_directories(file.parent_path());
  ImageF depth(2, 1, 1);
  depth.pixels = {1.5F, 0};
  Camera camera{2, 1, 3, 4, 1, 0.5, Transform::translate({0, 0, 2}) * Transform::rotate_y(0.4)};
  const Transform world_from_object = Transform::rotate_x(1.2);
  save_reference_view(file, depth, camera, world_from_object);

  const auto arrays = load_npz(file);
  CHECK(arrays.at("depth").dtype == "f2");
  CHECK(arrays.at("depth").shape == std::vector<std::size_t>{1, 2});
  CHECK(arrays.at("depth").to_double() == std::vector<double>{1.5, INFINITY});
  CHECK(arrays.at("K").as<double>() == std::vector<double>{3, 0, 1, 0, 4, 0.5, 0, 0, 1});
  const auto world = arrays.at("world_from_object").as<double>(), pose = arrays.at("RT").as<double>();
  std::array<double, 16> world_matrix{}, pose_matrix{};
  std::copy(world.begin(), world.end(), world_matrix.begin());
  std::copy(pose.begin(), pose.end(), pose_matrix.begin());
  pose_matrix[15] = 1;
  const Transform cam_from_object =
      Transform::from_matrix(pose_matrix) * Transform::from_matrix(world_matrix);
  const Vec3d point{0.1, -0.2, 0.3};
  const Vec3d expected = camera.cam_from_world.point(point), found = cam_from_object.point(point);
  for (int axis = 0; axis < 3; ++axis) CHECK_THAT(found[axis], Catch::WithinAbs(expected[axis], 1e-12));
}

}  // namespace funcorr
