#include "render/light/environment.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "db/format/random.h"
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/render/sampling_statistics.h"
#include "tests/temporary_folder.h"

using namespace funcorr;
using namespace funcorr::tests;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr double kPi = std::numbers::pi;

ImageF random_map(int width, int height, std::uint64_t seed) {
  Random random(seed);
  ImageF map(width, height, 3);
  for (float& value : map.pixels) value = static_cast<float>(std::pow(random.uniform(), 6));
  return map;
}

Vec3f direction(double u, double v) {  // of map coordinates, by the formula in environment.h
  const double phi = (0.5 - u) * 2 * kPi, theta = v * kPi;
  return {static_cast<float>(std::sin(theta) * std::cos(phi)),
          static_cast<float>(std::sin(theta) * std::sin(phi)), static_cast<float>(std::cos(theta))};
}

}  // namespace

TEST_CASE("a bright texel shines from where Cycles would have it") {
  ImageF map(16, 8, 3);
  for (float& value : map.pixels) value = 0.01F;
  map.at(4, 3)[0] = 100;  // u = 4.5/16, v = 3.5/8
  const Environment environment(map);
  CHECK_THAT(environment.radiance(direction(4.5 / 16, 3.5 / 8)).x, Catch::WithinAbs(100, 0.1));
  CHECK(environment.radiance(direction(4.5 / 16, 4.9 / 8)).x < 10);
  // u = ½ − atan2(y, x)/2π: a quarter of the map left of the middle is +y, the middle is +x.
  ImageF quarters(4, 2, 1);
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 4; ++x) quarters.at(x, y)[0] = static_cast<float>(1 + x + 4 * y);
  const Environment marked(quarters);
  const double up = std::cos(kPi / 4);
  const auto at = [&](double x, double y, double z) {
    return marked
        .radiance(normalized(Vec3f{static_cast<float>(x), static_cast<float>(y), static_cast<float>(z)}))
        .x;
  };
  CHECK_THAT(at(-up, up, 1), Catch::WithinAbs(1, 1e-3));  // left, upper row
  CHECK_THAT(at(up, up, 1), Catch::WithinAbs(2, 1e-3));
  CHECK_THAT(at(up, -up, 1), Catch::WithinAbs(3, 1e-3));
  CHECK_THAT(at(up, up, -1), Catch::WithinAbs(6, 1e-3));  // lower row
}

TEST_CASE("environment samples follow their density (χ²), for every way a surface may face") {
  const auto [width, height] = GENERATE(std::pair{24, 12}, std::pair{100, 50});  // the larger in blocks
  constexpr int kSamples = 200000;
  const Environment environment(random_map(width, height, 3));
  const Vec3f slanted = normalized(Vec3f{0.5F, -0.3F, 0.8F});
  const int facing = GENERATE_REF(environment.all_around(), environment.facing({0, 0, 1}),
                                  environment.facing({0, 1, 0}), environment.facing(slanted));
  Random random(4);
  const auto cell = [w = width, h = height](int x, int y) {
    return static_cast<std::size_t>(std::clamp(y, 0, h - 1) * w + std::clamp(x, 0, w - 1));
  };
  std::vector<double> observed(cell(width, height) + 1), expected(observed.size());
  for (int i = 0; i < kSamples; ++i) {
    const auto u = static_cast<float>(random.uniform()), v = static_cast<float>(random.uniform());
    const Environment::Sample sample = environment.sample({u, v}, facing);
    const double map_u = 0.5 - std::atan2(sample.direction.y, sample.direction.x) / (2 * kPi);
    const double map_v = std::acos(static_cast<double>(sample.direction.z)) / kPi;
    observed[cell(static_cast<int>(map_u * width), static_cast<int>(map_v * height))] += 1;
    if (i % 1000 == 0) {
      CHECK_THAT(length(sample.direction), Catch::WithinAbs(1, 1e-5));
      CHECK_THAT(sample.pdf,
                 Catch::WithinRel(environment.at(environment.locate(sample.direction), facing).pdf, 1e-2F));
      CHECK_THAT(environment.radiance_at(sample.place).x,
                 Catch::WithinAbs(environment.radiance(sample.direction).x, 2e-3));
    }
  }
  double total = 0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double solid_angle =
          (std::cos(kPi * y / height) - std::cos(kPi * (y + 1) / height)) * 2 * kPi / width;
      const Vec3f middle = direction((x + 0.5) / width, (y + 0.5) / height);
      const double mass =
          solid_angle * static_cast<double>(environment.at(environment.locate(middle), facing).pdf);
      expected[cell(x, y)] = kSamples * mass;
      total += mass;
    }
  CHECK_THAT(total, Catch::WithinAbs(1, 1e-4));
  CHECK(chi_square_excess(observed, expected) < 6);
}

TEST_CASE("light for a surface comes from the side it faces") {
  const Environment environment(random_map(256, 128, 5));
  Random random(6);
  const Vec3f normal = normalized(Vec3f{0.2F, 0.9F, -0.4F});
  const int facing = environment.facing(normal);
  int in_front = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto u = static_cast<float>(random.uniform()), v = static_cast<float>(random.uniform());
    in_front += dot(environment.sample({u, v}, facing).direction, normal) > 0 ? 1 : 0;
  }
  CHECK(in_front > 1800);
}

TEST_CASE("an environment's mean luminance is that over all directions, not over the map's pixels") {
  ImageF map(64, 32, 3);
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 64; ++x)
      for (int c = 0; c < 3; ++c) map.at(x, y)[c] = static_cast<float>(1 - std::cos(kPi * (y + 0.5) / 32));
  CHECK_THAT(Environment(map).mean_luminance(), Catch::WithinAbs(1, 1e-3));  // 1 − cosine, whose mean is 0
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 64; ++x) *map.at(x, y) = map.at(x, y)[1] = map.at(x, y)[2] = 0;
  CHECK_THAT(Environment(map).mean_luminance(), Catch::WithinAbs(0.75, 0.02));  // the lower half alone
}

TEST_CASE("sampling an environment estimates its total light without bias") {
  const Environment environment(random_map(32, 16, 9));
  double by_grid = 0;
  constexpr int kGrid = 256;
  for (int y = 0; y < kGrid; ++y)
    for (int x = 0; x < 2 * kGrid; ++x) {
      const double v = (y + 0.5) / kGrid;
      by_grid += static_cast<double>(environment.radiance(direction((x + 0.5) / (2 * kGrid), v)).y) *
                 std::sin(kPi * v) * kPi * kPi / (kGrid * kGrid);
    }
  Random random(10);
  double by_samples = 0;
  constexpr int kSamples = 100000;
  for (int i = 0; i < kSamples; ++i) {
    const auto u = static_cast<float>(random.uniform()), v = static_cast<float>(random.uniform());
    const Environment::Sample sample = environment.sample({u, v}, environment.all_around());
    by_samples += static_cast<double>(environment.radiance_at(sample.place).y / sample.pdf) / kSamples;
  }
  CHECK_THAT(by_samples, Catch::WithinRel(by_grid, 0.01));
}

TEST_CASE("empty cells are never drawn, and cells' shares are exact") {
  const std::vector<float> weights = {0, 1, 0, 3, 0, 0, 0, 0, 4, 0, 0, 2};
  const CellDistribution cells(weights, 4, 3);
  Random random(2);
  for (int i = 0; i < 10000; ++i) {
    const auto u = static_cast<float>(random.uniform()), v = static_cast<float>(random.uniform());
    const CellDistribution::Cell cell = cells.sample({u, v});
    CHECK(weights[static_cast<std::size_t>(cell.y * 4 + cell.x)] > 0);
  }
  CHECK_THAT(cells.probability(3, 0), Catch::WithinAbs(0.3, 1e-6));
  CHECK_THAT(cells.probability(0, 2), Catch::WithinAbs(0.4, 1e-6));
  CHECK_THROWS_AS(CellDistribution(std::vector<float>(4), 2, 2), std::invalid_argument);
  CHECK_THROWS_AS(CellDistribution(std::vector<float>{1, -1}, 2, 1), std::invalid_argument);
}

TEST_CASE("broken texels are mended and counted, black maps are refused, missing ones named") {
  ImageF map(8, 4, 3);
  std::fill(map.pixels.begin(), map.pixels.end(), 2.0F);
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  std::fill_n(map.at(2, 1), 3, inf);
  map.at(5, 2)[1] = -inf;
  for (int x : {7, 0, 1}) map.at(x, 3)[0] = nan;  // across the seam; its neighbours are 2 and 2
  map.at(0, 2)[0] = 5;                            // and one 5
  map.at(4, 0)[2] = -3;
  const Environment environment(map);
  CHECK(environment.mended().infinite == 2);
  CHECK(environment.mended().undefined == 3);
  const auto at = [&](int x, int y) { return environment.radiance(direction((x + 0.5) / 8, (y + 0.5) / 4)); };
  CHECK_THAT(at(2, 1).y, Catch::WithinRel(65504.0, 0.01));  // the largest half
  CHECK_THAT(at(5, 2).y, Catch::WithinAbs(0, 0.01));
  CHECK_THAT(at(0, 3).x, Catch::WithinRel((2 + 5 + 2) / 3.0, 0.01));  // three of its row above are numbers
  CHECK_THAT(at(4, 0).z, Catch::WithinAbs(0, 0.01));
  CHECK_THAT(at(4, 0).x, Catch::WithinRel(2.0, 0.01));
  CHECK_THROWS_AS(Environment(ImageF(8, 4, 3)), std::invalid_argument);
  CHECK_THROWS_WITH(load_environment("/no/such/map.exr"), Catch::Matchers::Matches(".*/no/such/map.exr.*"));
  CHECK_THROWS_WITH(load_environment("builtin:moon"), Catch::Matchers::Matches(".*builtin:moon.*"));
  for (const std::string& name : builtin_environments()) CHECK(load_environment(name).width() > 0);
}

TEST_CASE("files that are no latitude-longitude maps are refused with what they look like") {
  const tests::TemporaryFolder folder;
  const auto load = [&](int width, int height) {
    save_exr(folder / "map.exr", random_map(width, height, 1), {"R", "G", "B"});
    return load_environment((folder / "map.exr").string());
  };
  CHECK(load(200, 100).width() == 200);
  CHECK(load(201, 100).width() == 201);  // 1 % is rounding
  const std::vector<std::tuple<int, int, std::string>> table{
      {100, 100, "angular map"},    {128, 96, "lying cross"}, {96, 128, "upright cross"},
      {384, 64, "in a row"},        {64, 384, "in a column"}, {204, 100, "ordinary picture"},
      {160, 90, "ordinary picture"}};
  for (const auto& [width, height, look] : table)
    CHECK_THROWS_WITH(load(width, height), ContainsSubstring("map.exr") && ContainsSubstring(look));
}

TEST_CASE("wide maps are halved until they fit") {
  CHECK(Environment(random_map(4096, 4, 1)).width() == 2048);
}

TEST_CASE("real environment maps load") {
  FUNCORR_OBJECTS_OR_SKIP(objects);
  for (const char* name : {"studio_small_03_1k.hdr", "city.exr"}) {
    const Environment environment = load_environment((objects / "hdri" / name).string());
    CHECK(environment.width() == 1024);
    // The sky is brighter than the ground, or lamps hang above: the zenith's half has more light.
    double upper = 0, lower = 0;
    for (int i = 0; i < 64; ++i)
      for (int j = 0; j < 16; ++j) {
        upper += static_cast<double>(environment.radiance(direction(i / 64.0, (j + 0.5) / 32)).y);
        lower += static_cast<double>(environment.radiance(direction(i / 64.0, 0.5 + (j + 0.5) / 32)).y);
      }
    CHECK(upper > lower);
  }
}
