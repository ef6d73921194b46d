#include "eval/matching/matching.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>

#include "db/format/npy.h"
#include "eval/matching/mutual_matches.h"
#include "tests/catch.h"
#include "tests/golden.h"

namespace funcorr {
namespace {

constexpr std::size_t kPixels = static_cast<std::size_t>(kCropSize) * kCropSize;

CropMask rectangle(int x0, int y0, int x1, int y1) {
  CropMask mask(kPixels, 0);
  for (int y = y0; y < y1; ++y)
    for (int x = x0; x < x1; ++x) mask[static_cast<std::size_t>(y * kCropSize + x)] = 1;
  return mask;
}

CropFeatures random_features(int channels, std::uint64_t seed) {
  Random random(seed);
  CropFeatures features{channels, std::vector<float>(kPixels * static_cast<std::size_t>(channels))};
  for (std::size_t i = 0; i < kPixels; ++i) {
    float* row = &features.values[i * static_cast<std::size_t>(channels)];
    double squares = 0;
    for (int c = 0; c < channels; ++c) {
      row[c] = static_cast<float>(random.normal());
      squares += static_cast<double>(row[c] * row[c]);
    }
    for (int c = 0; c < channels; ++c) row[c] /= static_cast<float>(std::sqrt(squares));
  }
  return features;
}

float similarity(const CropFeatures& a, Pixel p, const CropFeatures& b, Pixel q) {
  const auto row = [](const CropFeatures& f, Pixel at) {
    return &f.values[static_cast<std::size_t>(at.y * kCropSize + at.x) *
                     static_cast<std::size_t>(f.channels)];
  };
  float sum = 0;
  for (int c = 0; c < a.channels; ++c) sum += row(a, p)[c] * row(b, q)[c];
  return sum;
}

bool holds(const CropMask& mask, Pixel p) {
  return mask[static_cast<std::size_t>(p.y * kCropSize + p.x)] != 0;
}

// Features of golden/label/ranking.npz: [channels, 224, 224] → [224·224, channels].
CropFeatures channels_last(const NpyArray& array) {
  const std::vector<double> values = array.to_double();
  const std::size_t channels = values.size() / kPixels;
  CropFeatures features{static_cast<int>(channels), std::vector<float>(values.size())};
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t i = 0; i < kPixels; ++i)
      features.values[i * channels + c] = static_cast<float>(values[c * kPixels + i]);
  return features;
}

CropMask mask_of(const NpyArray& array) {
  CropMask mask;
  for (const double value : array.to_double()) mask.push_back(value != 0 ? 1 : 0);
  return mask;
}

}  // namespace

TEST_CASE("mutual matches equal brute force, over several blocks") {
  Random random(1);
  const int channels = 3;
  std::vector<float> a(700 * 3), b(45'000 * 3);
  for (auto* set : {&a, &b})
    for (float& value : *set) value = static_cast<float>(random.normal());
  const MutualMatches found = match_mutually(a, b, channels);
  const auto product = [&](std::size_t i, std::size_t j) {
    double sum = 0;
    for (std::size_t c = 0; c < 3; ++c)
      sum += static_cast<double>(a[i * 3 + c]) * static_cast<double>(b[j * 3 + c]);
    return sum;
  };
  for (std::size_t i = 0; i < 700; i += 37) {
    double best = -1e9;
    for (std::size_t j = 0; j < 45'000; ++j) best = std::max(best, product(i, j));
    CHECK_THAT(static_cast<double>(found.similarity_of_a[i]), Catch::WithinAbs(best, 1e-5));
    CHECK_THAT(product(i, static_cast<std::size_t>(found.b_of_a[i])), Catch::WithinAbs(best, 1e-5));
  }
  for (std::size_t j = 0; j < 45'000; j += 1009) {
    double best = -1e9;
    for (std::size_t i = 0; i < 700; ++i) best = std::max(best, product(i, j));
    CHECK_THAT(static_cast<double>(found.similarity_of_b[j]), Catch::WithinAbs(best, 1e-5));
    CHECK_THAT(product(static_cast<std::size_t>(found.a_of_b[j]), j), Catch::WithinAbs(best, 1e-5));
  }
}

TEST_CASE("ties go to the first in row-major order") {
  const std::vector<float> a{1, 0, 0, 1}, b{0, 1, 1, 0, 1, 0, 0, 1};
  const MutualMatches found = match_mutually(a, b, 2);
  CHECK(found.b_of_a == std::vector<std::int32_t>{1, 0});
  CHECK(found.a_of_b == std::vector<std::int32_t>{1, 0, 0, 1});
}

TEST_CASE("discovery ranking equals the golden one up to ties") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const auto arrays = load_npz(golden / "label" / "ranking.npz");
  const CropFeatures features_1 = channels_last(arrays.at("features1"));
  const CropFeatures features_2 = channels_last(arrays.at("features2"));
  const CropMask mask_1 = mask_of(arrays.at("mask1")), mask_2 = mask_of(arrays.at("mask2"));
  const auto ranked = match_pair({&features_1, &mask_1, {}}, {&features_2, &mask_2, {}}, {})[0].ranked;
  const std::vector<double> first = arrays.at("ranked1_xy").to_double();
  const std::vector<double> second = arrays.at("ranked2_xy").to_double();
  REQUIRE(ranked.size() * 2 == first.size());
  std::map<std::pair<int, int>, std::pair<std::size_t, Pixel>> rank_of;
  for (std::size_t i = 0; i < ranked.size(); ++i)
    rank_of[{ranked[i].first.x, ranked[i].first.y}] = {i, ranked[i].second};
  std::size_t moved = 0;
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    const auto found = rank_of.find({static_cast<int>(first[2 * i]), static_cast<int>(first[2 * i + 1])});
    REQUIRE(found != rank_of.end());
    const auto& [rank, partner] = found->second;
    CHECK(partner == Pixel{static_cast<int>(second[2 * i]), static_cast<int>(second[2 * i + 1])});
    CHECK(std::max(rank, i) - std::min(rank, i) <= 3);  // tied scores stand side by side
    moved += rank != i ? 1 : 0;
  }
  CHECK(moved < ranked.size() / 50);
}

TEST_CASE("ranking prefers short cycles and high similarity, and foreground above all") {
  // score = (1 − d/5)·(s − 0.2)/0.8 by hand: 0.6·1, 1·0.75, 1·0, 0·0.5
  const std::vector<CycleMatch> matches{{{{0, 0}, {1, 1}}, {2, 0}, 1.0F},
                                        {{{9, 9}, {2, 2}}, {9, 9}, 0.8F},
                                        {{{5, 5}, {3, 3}}, {5, 5}, 0.2F},
                                        {{{7, 7}, {4, 4}}, {10, 11}, 0.6F}};
  const auto order = [&](const std::vector<bool>& foreground) {
    std::vector<int> seconds;
    for (const CycleMatch& match : rank_by_cycle(matches, foreground)) seconds.push_back(match.pair.second.x);
    return seconds;
  };
  CHECK(order({}) == std::vector<int>{2, 1, 3, 4});
  CHECK(order({false, false, true, true}) == std::vector<int>{3, 4, 2, 1});
  CHECK_THROWS_AS(rank_by_cycle({{}}, {true, false}), std::invalid_argument);
}

TEST_CASE("features of some pixels match as those of all do, and only there") {
  const CropFeatures dense_1 = random_features(4, 8), dense_2 = random_features(4, 9);
  const CropMask object_1 = rectangle(20, 20, 60, 50), object_2 = rectangle(30, 40, 90, 80);
  const auto sparse = [](const CropFeatures& dense, const CropMask& object) {
    std::vector<std::int32_t> indices;
    for (const Pixel& pixel : pixels_of(object)) indices.push_back(pixel.y * kCropSize + pixel.x);
    return embedded_crop({dense.channels, dense.rows(pixels_of(object)), {}}, indices).features;
  };
  const CropFeatures sparse_1 = sparse(dense_1, object_1), sparse_2 = sparse(dense_2, object_2);
  const MatchingSide of_all_1{&dense_1, &object_1, {}}, of_all_2{&dense_2, &object_2, {}};
  const MatchingSide of_some_1{&sparse_1, &object_1, {}}, of_some_2{&sparse_2, &object_2, {}};
  const auto all = discover(of_all_1, of_all_2, DiscoveryScope::kPartThenRest);
  const auto some = discover(of_some_1, of_some_2, DiscoveryScope::kPartThenRest);
  for (std::size_t direction : {0U, 1U}) {
    REQUIRE(all[direction].size() == some[direction].size());
    for (std::size_t i = 0; i < all[direction].size(); ++i)
      REQUIRE(all[direction][i].pair == some[direction][i].pair);
  }
  CHECK(match_pair(of_some_1, of_some_2, {{{21, 22}, {33, 44}}})[0].transfer ==
        match_pair(of_all_1, of_all_2, {{{21, 22}, {33, 44}}})[0].transfer);
  CHECK_THROWS_AS(transfer_labels(of_some_1, of_some_2, {{0, 0}}), std::invalid_argument);
}

TEST_CASE("discovery within the parts alone stays inside them, whatever is left of the objects") {
  const CropFeatures features_1 = random_features(4, 3), features_2 = random_features(4, 4);
  const CropMask object_1 = rectangle(20, 20, 60, 50), object_2 = rectangle(30, 40, 90, 80);
  const CropMask part_1 = rectangle(20, 20, 30, 30), part_2 = rectangle(30, 40, 50, 44);
  const auto found =
      discover({&features_1, &object_1, part_1}, {&features_2, &object_2, part_2}, DiscoveryScope::kPart);
  CHECK(found[0].size() == 100);
  CHECK(found[1].size() == 80);
  for (const CycleMatch& match : found[0]) {
    CHECK((holds(part_1, match.pair.first) && holds(part_2, match.pair.second) && holds(part_1, match.back)));
    CHECK_THAT(static_cast<double>(match.similarity),
               Catch::WithinAbs(static_cast<double>(
                                    similarity(features_1, match.pair.first, features_2, match.pair.second)),
                                1e-5));
  }
  // A part that fills the whole object leaves no rest: measured discovery looks at the objects then.
  const auto filled_1 = MatchingSide{&features_1, &object_1, object_1};
  CHECK(discover(filled_1, {&features_2, &object_2, part_2}, DiscoveryScope::kPart)[1].size() == 80);
  CHECK(discover(filled_1, {&features_2, &object_2, part_2}, DiscoveryScope::kPartThenRest)[1].size() ==
        count_pixels(object_2));
}

TEST_CASE("a part is where its probability is above one half") {
  std::vector<float> probability(kPixels, 0.5F);
  probability[7] = 0.51F;
  CHECK(pixels_of(*embedded_crop({1, std::vector<float>(kPixels), probability}).part) ==
        std::vector<Pixel>{{7, 0}});
  CHECK(pixels_of(*embedded_crop({1, {1, 1}, {0.4F, 0.9F}}, {3, 2 * kCropSize + 5}).part) ==
        std::vector<Pixel>{{5, 2}});
  CHECK_FALSE(embedded_crop({1, std::vector<float>(kPixels), {}}).part);
}

TEST_CASE("label transfer searches the object, or the part where there is enough of it") {
  const CropFeatures features_1 = random_features(4, 1), features_2 = random_features(4, 2);
  const CropMask object_1 = rectangle(20, 20, 60, 50), object_2 = rectangle(30, 40, 90, 80);
  const CropMask part_2 = rectangle(80, 70, 120, 120);  // overlaps the object in 10 × 10 pixels
  const std::vector<PixelPair> truth{{{21, 22}, {33, 44}}, {{50, 40}, {85, 75}}};
  const auto search = [&](const std::optional<CropMask>& part, std::size_t least) {
    return match_pair({&features_1, &object_1, {}}, {&features_2, &object_2, part}, truth, {least, 16})[0]
        .transfer;
  };
  const auto check_best = [&](const std::vector<Pixel>& found, const CropMask& region) {
    REQUIRE(found.size() == truth.size());
    for (std::size_t t = 0; t < truth.size(); ++t) {
      CHECK(holds(region, found[t]));
      float best = -2;
      for (const Pixel& q : pixels_of(region))
        best = std::max(best, similarity(features_1, truth[t].first, features_2, q));
      CHECK_THAT(static_cast<double>(similarity(features_1, truth[t].first, features_2, found[t])),
                 Catch::WithinAbs(static_cast<double>(best), 1e-5));
    }
  };
  check_best(search({}, 1), object_2);
  check_best(search(part_2, 100), rectangle(80, 70, 90, 80));
  check_best(search(part_2, 101), object_2);
  check_best(search(CropMask(kPixels, 0), 1), object_2);
}

TEST_CASE("discovery ranks the part before the rest and keeps regions apart") {
  const CropFeatures features_1 = random_features(4, 3), features_2 = random_features(4, 4);
  const CropMask object_1 = rectangle(20, 20, 60, 50), object_2 = rectangle(30, 40, 90, 80);
  const CropMask part_1 = rectangle(20, 20, 30, 30), part_2 = rectangle(30, 40, 50, 44);
  const auto both = match_pair({&features_1, &object_1, part_1}, {&features_2, &object_2, part_2}, {});
  REQUIRE(both[0].ranked.size() == count_pixels(object_1));
  REQUIRE(both[1].ranked.size() == count_pixels(object_2));
  for (std::size_t i = 0; i < both[0].ranked.size(); ++i) {
    CHECK(holds(part_1, both[0].ranked[i].first) == (i < 100));
    CHECK(holds(part_2, both[0].ranked[i].second) == (i < 100));
  }
  for (std::size_t i = 0; i < both[1].ranked.size(); ++i) {
    CHECK(holds(part_2, both[1].ranked[i].first) == (i < 80));
    CHECK(holds(part_1, both[1].ranked[i].second) == (i < 80));
  }
  // A part of 15 pixels is too small: as if there were none.
  const auto small =
      match_pair({&features_1, &object_1, rectangle(20, 20, 25, 23)}, {&features_2, &object_2, part_2}, {});
  const auto plain = match_pair({&features_1, &object_1, {}}, {&features_2, &object_2, {}}, {});
  CHECK(small[0].ranked == plain[0].ranked);
  CHECK(small[1].ranked == plain[1].ranked);
}

TEST_CASE("the second direction is the first of the swapped pair") {
  const CropFeatures features_1 = random_features(4, 5), features_2 = random_features(4, 6);
  const CropMask object_1 = rectangle(0, 0, 30, 30), object_2 = rectangle(190, 200, 224, 224);
  const std::vector<PixelPair> truth{{{1, 2}, {200, 210}}};
  const auto there = match_pair({&features_1, &object_1, {}}, {&features_2, &object_2, {}}, truth);
  const auto back =
      match_pair({&features_2, &object_2, {}}, {&features_1, &object_1, {}}, {swapped(truth[0])});
  CHECK(there[1].transfer == back[0].transfer);
  CHECK(there[1].ranked == back[0].ranked);
}

TEST_CASE("chance stays inside the masks and spreads over them") {
  const CropMask object_1 = rectangle(0, 0, 20, 20), object_2 = rectangle(100, 100, 120, 120);
  Random random(2);
  const std::vector<PixelPair> truth(500, {{1, 1}, {101, 101}});
  const auto found = match_by_chance(object_1, object_2, truth, random);
  REQUIRE(found[0].transfer.size() == 500);
  REQUIRE(found[1].ranked.size() == 400);
  double mean_x = 0;
  for (const Pixel& pixel : found[0].transfer) {
    CHECK(holds(object_2, pixel));
    mean_x += pixel.x / 500.0;
  }
  CHECK_THAT(mean_x, Catch::WithinAbs(109.5, 1.5));  // 5.8 px deviation / √500 = 0.26
  std::set<std::pair<int, int>> sources;
  for (const PixelPair& pair : found[1].ranked) {
    CHECK((holds(object_2, pair.first) && holds(object_1, pair.second)));
    sources.insert({pair.first.x, pair.first.y});
  }
  CHECK(sources.size() == 400);
}

TEST_CASE("matching refuses empty masks and features of the wrong size") {
  const CropFeatures features = random_features(2, 7), wide = random_features(3, 7);
  const CropMask object = rectangle(0, 0, 5, 5), nothing(kPixels, 0);
  CHECK_THROWS_AS(match_pair({&features, &nothing, {}}, {&features, &object, {}}, {}), std::invalid_argument);
  CHECK_THROWS_AS(match_pair({&features, &object, {}}, {&wide, &object, {}}, {}), std::invalid_argument);
  const CropFeatures cut{2, std::vector<float>(10)};
  CHECK_THROWS_AS(match_pair({&cut, &object, {}}, {&features, &object, {}}, {}), std::invalid_argument);
}

}  // namespace funcorr
