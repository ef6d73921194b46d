#include "labeling/mask/posterior_mask.h"

#include <vector>

#include "db/format/random.h"
#include "render/camera.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

constexpr int kSize = 100;

Camera camera_from(double z) {
  Camera camera = intrinsics_50mm(kSize);
  camera.cam_from_world = look_at({0, 0, z}, {0, 0, 0}, {0, 1, 0});
  return camera;
}

// What a camera two units in front of the plane z = height sees of it, with the normal that is shown.
ImageF plane(double depth, float normal_z) {
  ImageF surface(kSize, kSize, 4);
  for (std::size_t i = 0; i < surface.pixels.size(); i += 4) {
    surface.pixels[i] = static_cast<float>(depth);
    surface.pixels[i + 3] = normal_z;
  }
  return surface;
}

void add_plane(SurfacePoints& points, float height, float normal_z, int count, std::uint64_t seed) {
  Random random(seed);
  const auto at = [&] { return static_cast<float>(2 * random.uniform() - 1); };
  for (int i = 0; i < count; ++i) {
    const float x = at(), y = at();
    points.positions.push_back({x, y, height});
    points.normals.push_back({0, 0, normal_z});
  }
}

}  // namespace

TEST_CASE("A mask ends where the posterior of the surface crosses a half") {
  SurfacePoints points;
  add_plane(points, 0, 1, 60000, 1);
  std::vector<float> values;
  for (const Vec3f& p : points.positions) values.push_back(p.x > 0.2F ? 1.0F : 0.0F);
  const Camera camera = camera_from(2);
  ImageF surface = plane(2, 1);
  for (int x = 0; x < kSize; ++x) *surface.at(x, 7) = 0;  // nothing is there
  const SurfaceInterpolator interpolator(points);
  Image8 object(kSize, kSize, 1);
  object.pixels.assign(object.pixels.size(), 255);
  for (int y = 0; y < kSize; ++y) *object.at(90, y) = 127;
  const Image8 mask = posterior_mask(interpolator.in_view(values, camera, surface), 0.5, object);
  for (int y = 0; y < kSize; ++y)
    for (int x = 0; x < kSize; ++x) {
      const double world_x = camera.unproject(x + 0.5, y + 0.5, 2).x;
      if (std::abs(world_x - 0.2) < 0.02) continue;  // a pixel is 0.014 wide
      INFO(x << " " << y);
      CHECK(*mask.at(x, y) == (world_x > 0.2 && y != 7 && x != 90 ? 255 : 0));
    }
}

TEST_CASE("The sheet that is seen counts, not the one right behind it") {
  SurfacePoints points;
  add_plane(points, 0, 1, 30000, 1);
  add_plane(points, -0.002F, -1, 30000, 2);
  std::vector<float> values(30000, 1.0F);
  values.resize(60000, 0.0F);
  const SurfaceInterpolator interpolator(points);
  const ImageF front = interpolator.in_view(values, camera_from(2), plane(2, 1));
  const ImageF back = interpolator.in_view(values, camera_from(-2), plane(1.998, -1));
  for (std::size_t i = 0; i < front.pixels.size(); ++i) {
    REQUIRE(front.pixels[i] > 0.5F);
    REQUIRE(back.pixels[i] < 0.5F);
  }
}

TEST_CASE("A sheet of one layer has its values from both sides") {
  SurfacePoints points;
  add_plane(points, 0, 1, 5000, 1);
  const std::vector<float> values(5000, 0.75F);
  const ImageF back = SurfaceInterpolator(points).in_view(values, camera_from(-2), plane(2, -1));
  for (const float value : back.pixels) REQUIRE(std::abs(value - 0.75F) < 1e-4F);
}

TEST_CASE("What does not fit together is refused") {
  SurfacePoints points;
  add_plane(points, 0, 1, 10, 1);
  const SurfaceInterpolator interpolator(points);
  const std::vector<float> values(10);
  CHECK_THROWS_AS(interpolator.in_view(std::vector<float>(9), camera_from(2), plane(2, 1)),
                  std::invalid_argument);
  CHECK_THROWS_AS(interpolator.in_view(values, camera_from(2), ImageF(kSize, kSize, 3)),
                  std::invalid_argument);
  CHECK_THROWS_AS(posterior_mask(ImageF(4, 4, 1), 0.5, Image8(4, 5, 1)), std::invalid_argument);
}

}  // namespace funcorr
