#include "db/dataset/cameras.h"

#include <string>

#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

Camera camera_of(int view) {
  return {
      245,
      200,
      300.1 + view,
      310.7,
      122.5,
      100,
      Transform::translate({0.1, 0.2, 2}) * Transform::rotate_y(0.3 + view) * Transform::rotate_x(1.0 / 3)};
}

}  // namespace

TEST_CASE("cameras.json keeps every digit") {
  const tests::TemporaryFolder folder;
  const auto file = cameras_path(folder.path());
  CHECK(file == folder / "cameras.json");
  const CameraFile cameras{{camera_of(0), camera_of(1)}, Transform::rotate_z(0.7), Transform::scale(0.25)};
  write_camera_file(file, cameras);
  const CameraFile back = read_camera_file(file);
  REQUIRE(back.views.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(back.views[i].cam_from_world.matrix() == cameras.views[i].cam_from_world.matrix());
    CHECK(back.views[i].fx == cameras.views[i].fx);
    CHECK(back.views[i].cy == cameras.views[i].cy);
    CHECK(back.views[i].width == 245);
    CHECK(back.views[i].height == 200);
  }
  REQUIRE(back.release_world_from_object);
  CHECK(back.release_world_from_object->matrix() == cameras.release_world_from_object->matrix());
  REQUIRE(back.normalized_from_asset);
  CHECK(back.normalized_from_asset->matrix() == cameras.normalized_from_asset->matrix());
  write_cameras(file, {camera_of(0)});
  CHECK(read_cameras(file).size() == 1);
  CHECK_FALSE(read_camera_file(file).release_world_from_object);
}

TEST_CASE("camera files that cannot be used are refused by file and field") {
  const tests::TemporaryFolder folder;
  const auto file = cameras_path(folder.path());
  CHECK_THROWS_WITH(read_cameras(file), Catch::Matchers::Matches("cannot open.*"));
  folder.write("cameras.json", R"({"width":4,"height":4,"views":[{"K":[1,2],"cam_from_world":[]}]})");
  CHECK_THROWS_WITH(read_cameras(file), Catch::Matchers::Matches(".*cameras.json.*K has 2.*"));
}

}  // namespace funcorr
