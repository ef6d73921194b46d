#include "train/data/sampler.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "tests/catch.h"
#include "tests/db/dataset/shards.h"
#include "train/data/background.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using tests::MadeObject;
using tests::make_content;
using tests::TemporaryFolder;

const std::vector<std::string> kFunctions{"cut-with", "pull-with", "push-with"};

// Three knives and a cup whose only part is small in every view.
struct Fixture {
  TemporaryFolder folder;
  std::vector<ShardContent> contents;
  std::vector<fs::path> files;

  Fixture() {
    for (const char* uid : {"a", "b", "c"}) contents.push_back(make_content(uid, {}, contents.size() + 1));
    MadeObject cup;
    cup.category = "cup";
    cup.parts = {{"rim", {"cut-with"}}, {"spout", {"pull-with"}}};
    contents.push_back(make_content("d", cup, 9));
    for (auto& view : contents.back().views) {  // 20 px of spout, none of the rim in view 0
      std::fill(view.in_parts[1].begin(), view.in_parts[1].end(), 0);
      std::fill_n(view.in_parts[1].begin() + 60 * kCropSize + 60, 20, 1);
    }
    auto& rim = contents.back().views[0].in_parts[0];
    std::fill(rim.begin(), rim.end(), 0);
    for (const ShardContent& content : contents) {
      files.push_back(folder / (content.uid + ".safetensors"));
      write_shard(files.back(), content);
    }
  }
};

bool inside(const CropMask& mask, PixelIndex pixel) { return mask[pixel] != 0; }

// Sorted pairs of pixels of the points that both views show inside the part, by all pairs of points.
std::set<std::pair<PixelIndex, PixelIndex>> shared_by_brute_force(const ShardContent& content,
                                                                  std::size_t part, std::size_t v,
                                                                  std::size_t w) {
  const auto &a = content.views[v], &b = content.views[w];
  std::set<std::pair<PixelIndex, PixelIndex>> pairs;
  for (std::size_t i = 0; i < a.points.ids.size(); ++i)
    for (std::size_t j = 0; j < b.points.ids.size(); ++j) {
      const PixelIndex in_a = pixel_index(a.points.pixels[i]), in_b = pixel_index(b.points.pixels[j]);
      if (a.points.ids[i] == b.points.ids[j] && inside(a.in_parts[part], in_a) &&
          inside(b.in_parts[part], in_b))
        pairs.insert({in_a, in_b});
    }
  return pairs;
}

bool equal(const FunctionalSample& a, const FunctionalSample& b) {
  return a.function == b.function && a.image_1.background == b.image_1.background &&
         a.positive_1 == b.positive_1 && a.negative_1 == b.negative_1 && a.positive_2 == b.positive_2 &&
         a.negative_2 == b.negative_2;
}

}  // namespace

TEST_CASE("training set: items are the views with more than 32 pixels of a part", "[train][sampler]") {
  const Fixture fixture;
  const TrainingSet set(fixture.files, kFunctions);
  // Knives: 3 × 4 views; the cup's rim in 3 of 4 views; its spout of 20 px in none.
  CHECK(set.items(0).size() == 15);
  CHECK(set.items(1).size() == 12);
  CHECK(set.items(2).size() == 12);
  CHECK(set.kept_functions() == std::vector<std::uint32_t>{0, 1, 2});
  CHECK(set.skipped().small_parts == 4);
  CHECK(set.skipped().absent_parts == 1);

  // Of 15·14 ordered pairs of "cut-with" 2·12·3 cross categories; none of the other two functions.
  CHECK_THAT(set.cross_category_share(), Catch::WithinAbs(72.0 / 210.0 / 3.0, 1e-12));

  SampleRules rules;
  rules.least_items = 13;
  const TrainingSet strict(fixture.files, kFunctions, rules);
  CHECK(strict.kept_functions() == std::vector<std::uint32_t>{0});
  CHECK(strict.skipped().functions == std::vector<std::string>{"pull-with", "push-with"});
  CHECK_THROWS_WITH(TrainingSet(fixture.files, {"cut-with"}),
                    Catch::Matchers::ContainsSubstring("pull-with"));
}

TEST_CASE("training set: a single view gives functional items only, and is counted", "[train][sampler]") {
  const TemporaryFolder folder;
  MadeObject object;
  object.views = 1;
  std::vector<fs::path> files;
  for (const char* uid : {"a", "b", "c"}) {
    files.push_back(folder / uid);
    write_shard(files.back(), make_content(uid, object, 1));
  }
  const TrainingSet set(files, kFunctions);
  CHECK(set.items(0).size() == 3);
  CHECK(set.spatial_items().empty());
  CHECK(set.skipped().single_view_assets == 3);
  CHECK_NOTHROW(Sampler(set, {4, 0, 8}, 1).batch(0));
  CHECK_THROWS_WITH(Sampler(set, {4, 4, 8}, 1), Catch::Matchers::ContainsSubstring("share enough points"));
}

TEST_CASE("sampler: functional pairs hold what they promise", "[train][sampler]") {
  const Fixture fixture;
  const TrainingSet set(fixture.files, kFunctions);
  const Sampler sampler(set, {8, 0, 128}, 3);
  std::map<std::uint32_t, int> drawn;
  std::int64_t crossing = 0;
  constexpr int kSteps = 300;
  for (int step = 0; step < kSteps; ++step) {
    const BatchDraw batch = sampler.batch(step);
    crossing += batch.cross_category_pairs(set);
    for (const FunctionalSample& pair : batch.functional) {
      ++drawn[pair.function];
      REQUIRE_FALSE(std::pair(pair.image_1.shard, pair.image_1.view) ==
                    std::pair(pair.image_2.shard, pair.image_2.view));
      const auto check_side = [&](const ImageDraw& image, int part, const std::vector<PixelIndex>& positive,
                                  const std::vector<PixelIndex>& negative) {
        const ShardContent& content = fixture.contents[image.shard];
        const auto& view = content.views[image.view];
        const auto& mask = view.in_parts[static_cast<std::size_t>(part)];
        const auto& functions = content.parts[static_cast<std::size_t>(part)].functions;
        REQUIRE(std::ranges::count(functions, kFunctions[pair.function]) == 1);
        REQUIRE(positive.size() == 128);
        REQUIRE(negative.size() == 128);
        REQUIRE(std::ranges::all_of(positive, [&](PixelIndex p) { return inside(mask, p); }));
        REQUIRE(std::ranges::all_of(
            negative, [&](PixelIndex p) { return inside(view.object, p) && !inside(mask, p); }));
        REQUIRE(std::set(positive.begin(), positive.end()).size() == 128);
        REQUIRE(std::set(negative.begin(), negative.end()).size() == 128);
      };
      check_side(pair.image_1, pair.part_1, pair.positive_1, pair.negative_1);
      check_side(pair.image_2, pair.part_2, pair.positive_2, pair.negative_2);
    }
  }
  // 2,400 draws of three functions: 800 ± 5 standard deviations.
  for (std::uint32_t function = 0; function < 3; ++function)
    CHECK(std::abs(drawn[function] - 800) < 5 * std::sqrt(2400.0 * 2 / 9));
  const double share = static_cast<double>(crossing) / (8.0 * kSteps), expected = set.cross_category_share();
  CHECK(std::abs(share - expected) < 5 * std::sqrt(expected * (1 - expected) / (8.0 * kSteps)));
}

TEST_CASE("sampler: few pixels are repeated, and all that is outside serves where the object is too small",
          "[train][sampler]") {
  const TemporaryFolder folder;
  std::vector<fs::path> files;
  for (const char* uid : {"a", "b", "c"}) {
    ShardContent content = make_content(uid, {}, 1);
    for (auto& view : content.views) {
      std::fill(view.in_parts[0].begin(), view.in_parts[0].end(), 0);
      std::fill_n(view.in_parts[0].begin() + 60 * kCropSize + 60, 40, 1);  // 40 px
      std::fill(view.object.begin(), view.object.end(), 0);
      std::fill_n(view.object.begin() + 60 * kCropSize + 50, 60, 1);  // 20 px beside them
    }
    files.push_back(folder / uid);
    write_shard(files.back(), content);
  }
  const TrainingSet set(files, kFunctions);
  const Sampler sampler(set, {1, 0, 128}, 3);
  for (int step = 0; step < 30; ++step) {
    const FunctionalSample pair = sampler.functional(step, 0);
    if (pair.function != 0) continue;
    std::map<PixelIndex, int> times;
    for (const PixelIndex pixel : pair.positive_1) ++times[pixel];
    CHECK(times.size() == 40);
    for (const auto& [pixel, count] : times) CHECK((count == 3 || count == 4));
    CHECK(std::set(pair.negative_1.begin(), pair.negative_1.end()).size() == 128);
    for (const PixelIndex pixel : pair.negative_1) CHECK((pixel < 60 * 224 + 60 || pixel >= 60 * 224 + 100));
  }
}

TEST_CASE("sampler: spatial pairs are pixels of the same surface point", "[train][sampler]") {
  const Fixture fixture;
  const TrainingSet set(fixture.files, kFunctions);
  const Sampler sampler(set, {0, 4, 128}, 5);
  std::set<int> orders;
  for (int step = 0; step < 20; ++step)
    for (const SpatialSample& pair : sampler.batch(step).spatial) {
      REQUIRE(pair.image_1.shard == pair.image_2.shard);
      REQUIRE(pair.image_1.view != pair.image_2.view);
      orders.insert(pair.image_1.view < pair.image_2.view);
      const ShardContent& content = fixture.contents[pair.image_1.shard];
      const auto part = static_cast<std::size_t>(pair.part);
      const auto truth = shared_by_brute_force(content, part, pair.image_1.view, pair.image_2.view);
      std::set<PixelIndex> firsts, possible;
      for (const auto& [a, b] : truth) possible.insert(a);
      for (std::size_t i = 0; i < pair.pixels_1.size(); ++i) {
        REQUIRE(truth.contains({pair.pixels_1[i], pair.pixels_2[i]}));
        firsts.insert(pair.pixels_1[i]);
      }
      REQUIRE(pair.pixels_1.size() == 128);
      REQUIRE(firsts.size() == std::min<std::size_t>(128, possible.size()));
      REQUIRE(std::ranges::count(content.parts[part].functions, kFunctions[pair.function]) == 1);
    }
  CHECK(orders.size() == 2);
}

TEST_CASE("sampler: a batch does not depend on how it is shared out, and every step is another",
          "[train][sampler]") {
  const Fixture fixture;
  const TrainingSet set(fixture.files, kFunctions);
  const Sampler sampler(set, {6, 6, 32}, 7);
  const BatchDraw whole = sampler.batch(12);
  for (int rank = 0; rank < 3; ++rank) {
    const BatchDraw share = sampler.batch(12, rank, 3);
    REQUIRE(share.functional.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(equal(share.functional[i], whole.functional[static_cast<std::size_t>(rank) + 3 * i]));
      CHECK(share.spatial[i].pixels_2 == whole.spatial[static_cast<std::size_t>(rank) + 3 * i].pixels_2);
    }
  }
  CHECK_FALSE(equal(sampler.functional(13, 0), whole.functional[0]));
  CHECK_FALSE(equal(sampler.functional(12, 1), whole.functional[0]));
  CHECK_FALSE(equal(Sampler(set, {6, 6, 32}, 8).functional(12, 0), whole.functional[0]));
}

TEST_CASE("backgrounds: half are plain, half are noisy, gradients run both ways", "[train][background]") {
  int plain = 0, noisy = 0, vertical = 0;
  constexpr int kDraws = 4000;
  for (std::uint64_t seed = 0; seed < kDraws; ++seed) {
    const Background background = draw_background(seed);
    plain += background.first == background.second;
    noisy += background.noise > 0;
    vertical += background.is_vertical;
    for (const float channel : background.first) REQUIRE((channel >= 0 && channel < 1));
  }
  CHECK(std::abs(plain - kDraws / 2) < 160);  // 5 standard deviations
  CHECK(std::abs(noisy - kDraws / 2) < 160);
  CHECK(std::abs(vertical - kDraws / 4) < 140);
  CHECK(draw_background(7).noise_seed == draw_background(7).noise_seed);
}

}  // namespace funcorr
