#include "render/film/film.h"

#include <cmath>

#include "db/format/random.h"
#include "render/film/denoise.h"
#include "render/film/view_transform.h"
#include "render/integrator/coverage.h"
#include "tests/catch.h"
#include "tests/render/shapes.h"

using namespace funcorr;
using namespace funcorr::tests;

TEST_CASE("the pixel filter is Blackman-Harris's window of integral 1") {
  const PixelFilter filter(1.5);
  CHECK(filter.reach() == 1);
  double integral = 0, second_moment = 0, exact_moment = 0;
  for (int i = -15000; i < 15000; ++i) {
    const double x = (i + 0.5) * 1e-4, t = 2 * std::acos(-1.0) * (x + 1.5) / 3;
    const double window =
        (0.35875 - 0.48829 * std::cos(t) + 0.14128 * std::cos(2 * t) - 0.01168 * std::cos(3 * t)) / 0.35875 /
        3;
    const auto weight = static_cast<double>(filter.weight(static_cast<float>(x)));
    integral += weight * 1e-4;
    second_moment += weight * x * x * 1e-4;
    exact_moment += window * x * x * 1e-4;
  }
  CHECK_THAT(integral, Catch::WithinAbs(1, 1e-4));
  CHECK_THAT(second_moment, Catch::WithinAbs(exact_moment, 1e-5));
  CHECK(filter.weight(1.5F) == 0);
  CHECK_THAT(filter.mean_weight(-1) + filter.mean_weight(0) + filter.mean_weight(1),
             Catch::WithinAbs(1, 1e-4));
}

TEST_CASE("a uniform picture stays uniform, whatever tiles, offsets and numbers of samples") {
  const PixelFilter filter(GENERATE(0.0, 0.5, 1.5, 2.0));
  Random random(1);
  Film film(20, 9);
  const Radiance color{0.25F, 0.5F, 0.75F, 1};
  for (const int x0 : {0, 8}) {
    FilmTile tile(filter, x0, 0, x0 == 0 ? 8 : 12, 9);
    for (int y = 0; y < 9; ++y)
      for (int x = x0; x < (x0 == 0 ? 8 : 20); ++x) {
        if (x % 5 == 3) tile.fill(x, y, color);
        for (std::uint64_t i = 0; x % 5 != 3 && i < 1 + random.below(4); ++i)
          tile.add(x, y,
                   {static_cast<float>(random.uniform() - 0.5), static_cast<float>(random.uniform() - 0.5)},
                   color);
      }
    film.add(tile);
  }
  const ImageF image = film.radiance();
  for (int i = 0; i < 20 * 9; ++i)
    for (int c = 0; c < 4; ++c)
      CHECK_THAT(image.at(i % 20, i / 20)[c], Catch::WithinAbs(0.25 * (c + 1), 1e-5));
}

TEST_CASE("a sample counts for each pixel by the filter's weight") {
  const PixelFilter filter(1.5);
  FilmTile tile(filter, 0, 0, 3, 3);
  for (int i = 0; i < 9; ++i)
    if (i == 4)
      tile.add(1, 1, {0.2F, -0.1F}, {1, 1, 1, 1});
    else
      tile.fill(i % 3, i / 3, {});
  Film film(3, 3);
  film.add(tile);
  const ImageF image = film.radiance();
  const auto unnormalised = [&](int x, int y) {
    return filter.weight(0.2F - static_cast<float>(x - 1)) * filter.weight(-0.1F - static_cast<float>(y - 1));
  };
  CHECK(image.at(2, 1)[0] > image.at(0, 1)[0]);
  CHECK(image.at(1, 0)[0] > image.at(1, 2)[0]);
  // The middle pixel's own mean weight is replaced by the sample's.
  const float mean = filter.mean_weight(0) * filter.mean_weight(0);
  CHECK_THAT(image.at(1, 1)[0], Catch::WithinAbs(unnormalised(1, 1) / (1 - mean + unnormalised(1, 1)), 1e-4));
}

TEST_CASE("pixels keep mean and variance of their samples, and weigh equally whatever their number") {
  const PixelFilter box(0);
  FilmTile tile(box, 4, 2, 2, 1);
  for (const float value : {1.0F, 2.0F, 6.0F}) tile.add(4, 2, {0, 0}, {value, 0, 0, value > 5 ? 1.0F : 0.0F});
  tile.add(5, 2, {0, 0}, {3, 0, 0, 1});
  CHECK(tile.samples(4, 2) == 3);
  CHECK_THAT(tile.statistics(4, 2).mean.x, Catch::WithinAbs(3, 1e-5));
  CHECK_THAT(tile.statistics(4, 2).variance.x, Catch::WithinAbs(7, 1e-4));
  CHECK_THAT(tile.statistics(4, 2).alpha_variance, Catch::WithinAbs(1.0 / 3, 1e-5));
  CHECK(tile.statistics(5, 2).variance.x == 0);
  Film film(6, 3);
  film.add(tile);
  CHECK_THAT(film.radiance().at(4, 2)[0], Catch::WithinAbs(3, 1e-5));
  CHECK_THAT(film.radiance().at(5, 2)[0], Catch::WithinAbs(3, 1e-5));
}

TEST_CASE("no ray through an uncovered pixel meets a triangle, and most covered ones are met") {
  Random random(5);
  for (int trial = 0; trial < 20; ++trial) {
    Camera camera = intrinsics_50mm(40);
    const Vec3d eye = normalized(Vec3d{random.normal(), random.normal(), random.normal()}) * 1.7;
    camera.cam_from_world = look_at(eye, {0, 0, 0}, {0, 1, 0.1});
    std::vector<Vec3d> positions;
    for (int i = 0; i < 9; ++i)
      positions.push_back({random.uniform() - 0.5, random.uniform() - 0.5, random.uniform() - 0.5});
    const std::vector<std::array<std::uint32_t, 3>> triangles{{0, 1, 2}, {3, 4, 5}, {6, 7, 8}};
    const std::vector<std::uint8_t> covered = covered_pixels(camera, positions, triangles);
    std::vector<std::uint8_t> met(covered.size());
    const auto inside = [&](const std::array<std::uint32_t, 3>& t, double x, double y) {
      double side[3];
      for (std::size_t i = 0; i < 3; ++i) {
        const Vec3d a = camera.project(positions[t[i]]), b = camera.project(positions[t[(i + 1) % 3]]);
        side[i] = (b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x);
      }
      return (side[0] >= 0) == (side[1] >= 0) && (side[1] >= 0) == (side[2] >= 0);
    };
    for (std::size_t i = 0; i < covered.size(); ++i)
      for (int k = 0; k < 64; ++k) {
        const std::size_t column = i % 40, row = i / 40;
        const int across = k % 8, down = k / 8;
        const double x = static_cast<double>(column) + across / 7.0,
                     y = static_cast<double>(row) + down / 7.0;
        for (const auto& t : triangles) met[i] = met[i] != 0 || inside(t, x, y) ? 1 : 0;
      }
    int extra = 0, total = 0;
    for (std::size_t i = 0; i < covered.size(); ++i) {
      CHECK(covered[i] >= met[i]);
      extra += covered[i] > met[i] ? 1 : 0;
      total += covered[i];
    }
    CHECK(extra <= 20 + total / 10);
  }
}

TEST_CASE("an object around the camera may cover every pixel") {
  Camera camera = intrinsics_50mm(8);
  camera.cam_from_world = look_at({0, 0, 0.2}, {0, 0, 0}, {0, 1, 0});
  const Mesh sphere = sphere_mesh(0.5, 8, 4);
  for (const std::uint8_t pixel : covered_pixels(camera, sphere.positions, sphere.triangles))
    CHECK(pixel == 1);
}

TEST_CASE("develop undoes the premultiplication and applies the view transform") {
  ImageF linear(3, 1, 4);
  linear.pixels = {0.1F, 0.25F, 0.5F, 0.5F, 0, 0, 0, 0, 4, 4, 4, 1};
  const Image8 standard = develop(linear);
  CHECK(static_cast<int>(standard.at(0, 0)[0]) == 124);  // sRGB of 0.2
  CHECK(static_cast<int>(standard.at(0, 0)[1]) == 188);  // of 0.5
  CHECK(static_cast<int>(standard.at(0, 0)[3]) == 128);
  CHECK(static_cast<int>(standard.at(1, 0)[3]) == 0);
  CHECK(static_cast<int>(standard.at(2, 0)[0]) == 255);
  CHECK(static_cast<int>(develop(linear, -1).at(0, 0)[1]) == 137);  // of 0.25
  const Image8 filmic = develop(linear, 0, ViewTransform::kFilmic);
  CHECK(filmic.at(2, 0)[0] < 255);  // highlights keep their shape
  CHECK(filmic.at(0, 0)[1] > filmic.at(0, 0)[0]);
}

TEST_CASE("a denoiser lowers noise and keeps alpha, or says that the build has none") {
  Random random(3);
  ImageF image(32, 32, 4);
  for (int i = 0; i < 32 * 32; ++i)
    for (int c = 0; c < 4; ++c)
      image.at(i % 32, i / 32)[c] = c == 3 ? 0.75F : static_cast<float>(0.5 + 0.2 * (random.uniform() - 0.5));
  const auto deviation = [&] {
    double sum = 0;
    for (int i = 0; i < 32 * 32; ++i) sum += std::abs(static_cast<double>(image.at(i % 32, i / 32)[1]) - 0.5);
    return sum / (32 * 32);
  };
  const double before = deviation();
  if (!has_denoiser()) {
    CHECK_THROWS_AS(denoise(image, 1), std::runtime_error);
    CHECK(deviation() == before);
    return;
  }
  denoise(image, 1);
  CHECK(deviation() < 0.5 * before);
  CHECK(image.at(3, 4)[3] == 0.75F);
}
