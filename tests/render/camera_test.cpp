#include "render/camera.h"

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "db/format/random.h"
#include "tests/catch.h"

using namespace funcorr;

namespace {

constexpr double kDegrees = 180.0 / std::numbers::pi;

Vec3d random_point(Random& random) {
  return {random.uniform() - 0.5, random.uniform() - 0.5, random.uniform() - 0.5};
}

double elevation_degrees(const Vec3d& y_up) { return std::asin(y_up.y / length(y_up)) * kDegrees; }

void check_near(const Vec3d& a, const Vec3d& b, double tolerance) {
  CHECK_THAT(length(a - b), Catch::WithinAbs(0, tolerance));
}

}  // namespace

TEST_CASE("unproject undoes project") {
  Random random(3);
  for (const Camera& camera : training_cameras(5, 245, 11))
    for (int i = 0; i < 20; ++i) {
      const Vec3d world = random_point(random);
      const Vec3d pixel = camera.project(world);
      check_near(camera.unproject(pixel.x, pixel.y, pixel.z), world, 1e-12);
      check_near(camera.center() + camera.ray_direction(pixel.x, pixel.y) * pixel.z, world, 1e-12);
    }
}

TEST_CASE("look_at puts the target on the axis and up upward in the image") {
  Camera camera = intrinsics_50mm(490);
  CHECK_THAT(camera.fx, Catch::WithinAbs(680.5556, 1e-4));  // REFERENCE
  camera.cam_from_world = look_at({0, 0, 2}, {0, 0, 0}, {0, 1, 0});
  check_near(camera.project({0, 0, 0}), {245, 245, 2}, 1e-12);
  CHECK(camera.project({0, 0.1, 0}).y < 245);  // up in the world is a smaller row
  CHECK(camera.project({0.1, 0, 0}).x > 245);  // seen from +z, +x is on the right
  check_near(camera.center(), {0, 0, 2}, 1e-12);
  CHECK_THAT(camera.cam_from_world.determinant(), Catch::WithinAbs(1, 1e-12));
  const Transform from_above = look_at({0, 2, 0}, {0, 0, 0}, {0, 1, 0});  // up along the view
  CHECK_THAT(from_above.determinant(), Catch::WithinAbs(1, 1e-12));
}

TEST_CASE("labelling cameras are the release's, around an object that was turned instead") {
  constexpr std::uint64_t kSeed = 21;
  const std::vector<Camera> cameras = labelling_cameras(19, 490, kSeed);
  // The same by the release's order of things: y-up object → z-up world, turned about x, y, z; camera fixed.
  Random random(kSeed);
  const double ax = 25 / kDegrees * random.uniform(), ay = 25 / kDegrees * random.uniform(),
               az = 25 / kDegrees * random.uniform();
  const Vec3d p{0.31, -0.2, 0.44};
  Vec3d q{p.x, -p.z, p.y};
  q = {q.x, std::cos(ax) * q.y - std::sin(ax) * q.z, std::sin(ax) * q.y + std::cos(ax) * q.z};
  q = {std::cos(ay) * q.x + std::sin(ay) * q.z, q.y, -std::sin(ay) * q.x + std::cos(ay) * q.z};
  q = {std::cos(az) * q.x - std::sin(az) * q.y, std::sin(az) * q.x + std::cos(az) * q.y, q.z};
  Camera first = intrinsics_50mm(490);
  first.cam_from_world = look_at({0.417781, -0.964887, -1.701309}, {0, 0, 0}, {0, 0, 1});
  check_near(cameras[0].project(p), first.project(q), 1e-9);

  for (const Camera& camera : cameras) {
    CHECK_THAT(length(camera.center()), Catch::WithinAbs(2, 1e-4));
    check_near(camera.project({0, 0, 0}), {245, 245, 2}, 1e-3);
  }
}

TEST_CASE("the turn of the object is within 0 to 25 degrees about each axis and differs by seed") {
  const std::vector<Camera> a = labelling_cameras(1, 490, 1), b = labelling_cameras(1, 490, 2);
  CHECK(length(a[0].center() - b[0].center()) > 1e-3);
  CHECK(labelling_cameras(1, 490, 1)[0].cam_from_world.linear == a[0].cam_from_world.linear);
  CHECK_THROWS_AS(labelling_cameras(20, 490, 1), std::invalid_argument);
}

TEST_CASE("training cameras cover azimuth and elevations of -60 to 60 degrees, upright") {
  double lowest = 90, highest = -90;
  int east = 0;
  const std::vector<Camera> cameras = training_cameras(400, 490, 5);
  for (const Camera& camera : cameras) {
    const double elevation = elevation_degrees(camera.center());
    lowest = std::min(lowest, elevation);
    highest = std::max(highest, elevation);
    east += camera.center().x > 0;
    CHECK_THAT(length(camera.center()), Catch::WithinAbs(2, 1e-12));
    CHECK(camera.project({0, 0.2, 0}).y < camera.project({0, -0.2, 0}).y);
  }
  CHECK((lowest >= -60 && lowest < -55));
  CHECK((highest <= 60 && highest > 55));
  CHECK_THAT(east, Catch::WithinAbs(200, 50));  // 5 σ
}
