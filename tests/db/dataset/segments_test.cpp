#include "db/dataset/segments.h"

#include "db/format/npy.h"
#include "db/format/random.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

Image8 random_mask(int width, int height, Random& random) {
  Image8 mask(width, height, 1);
  for (std::uint8_t& pixel : mask.pixels) pixel = random.below(3) == 0 ? 255 : 0;
  return mask;
}

}  // namespace

TEST_CASE("run lengths go down the columns, and come back as the mask") {
  Image8 mask(3, 2, 1);  // columns: (0, 255), (255, 255), (0, 0)
  mask.pixels = {0, 255, 0, 255, 128, 127};
  CHECK(run_lengths(mask).runs == std::vector<std::uint32_t>{1, 3, 2});
  CHECK(mask_image(run_lengths(mask)).pixels == std::vector<std::uint8_t>{0, 255, 0, 255, 255, 0});
  mask.pixels.assign(6, 255);
  CHECK(run_lengths(mask).runs == std::vector<std::uint32_t>{0, 6});
  mask.pixels.assign(6, 0);
  CHECK(run_lengths(mask).runs == std::vector<std::uint32_t>{6});
  Random random(3);
  for (int i = 0; i < 50; ++i) {
    const Image8 made =
        random_mask(1 + static_cast<int>(random.below(9)), 1 + static_cast<int>(random.below(9)), random);
    CHECK(mask_image(run_lengths(made)).pixels == made.pixels);
  }
  CHECK_THROWS_AS(run_lengths(Image8(2, 2, 3)), std::invalid_argument);
  CHECK_THROWS_AS(mask_image({2, 2, {1, 2}}), std::invalid_argument);
  CHECK_THROWS_AS(mask_image({2, 2, {4294967295U, 4294967295U, 6}}), std::invalid_argument);
}

TEST_CASE("segments come back as they were, and what does not fit is named") {
  const tests::TemporaryFolder folder;
  const auto file = segments_path(folder.path(), "rim/edge");
  CHECK(file == folder / "segment/rim%2Fedge.npz");
  std::filesystem::create_directories(file.parent_path());
  Random random(1);
  std::vector<Segment> segments;
  for (int i = 0; i < 5; ++i)
    segments.push_back({.view = i,
                        .pass = 1 + i % 2,
                        .sample = 3,
                        .index = i / 2,
                        .window = {10, 20, 10 + 7 + i, 20 + 5},
                        .mask = run_lengths(random_mask(7 + i, 5, random)),
                        .score = i == 0 ? -1 : 0.5 + 0.1 * i});
  save_segments(file, segments);
  CHECK(load_segments(file) == segments);
  save_segments(file, {});
  CHECK(load_segments(file).empty());
  segments[0].mask.width = 6;
  CHECK_THROWS_AS(save_segments(file, segments), std::invalid_argument);

  using Catch::Matchers::ContainsSubstring;
  const auto refused = [&](const char* name, const NpyArray& array, const std::string& says) {
    save_segments(file, {{.window = {0, 0, 2, 3}, .mask = {2, 3, {6}}}});
    auto arrays = load_npz(file);
    arrays[name] = array;
    save_npz(file, arrays);
    CHECK_THROWS_WITH(load_segments(file), ContainsSubstring(file.string()) && ContainsSubstring(says));
  };
  refused("runs", NpyArray::from(std::vector<std::uint32_t>{5}, {1}), "do not fill");
  refused("runs", NpyArray::from(std::vector<std::uint32_t>{6, 1}, {2}), "no mask");
  refused("run_count", NpyArray::from(std::vector<std::int64_t>{2}, {1}), "beyond");
  refused("run_count", NpyArray::from(std::vector<std::int64_t>{-1}, {1}), "beyond");
  refused("run_count", NpyArray::from(std::vector<std::int64_t>{1, 0}, {2}), "run_count");
  refused("window", NpyArray::from(std::vector<std::int32_t>{0, 0, 3, 2, 0}, {1, 5}), "four columns");
  refused("window", NpyArray::from(std::vector<std::int32_t>{0, 0, -2, -3}, {1, 4}), "do not fill");
  refused("score", NpyArray::from(std::vector<float>{1}, {1}), "score");
}

}  // namespace funcorr
