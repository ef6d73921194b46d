// The rules of inference against brute force, double loops and cases whose answer is known.
#include "eval/matching/inference.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>
#include <stdexcept>

#include "db/format/random.h"
#include "eval/matching/matching.h"
#include "eval/matching/region_matches.h"
#include "eval/matching/transport.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

constexpr int kChannels = 5;

// Unit vectors, row by row.
std::vector<float> random_rows(std::size_t count, Random& random, int channels = kChannels) {
  std::vector<float> rows;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<double> row;
    for (int c = 0; c < channels; ++c) row.push_back(random.normal());
    const double length = std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0));
    for (const double value : row) rows.push_back(static_cast<float>(value / length));
  }
  return rows;
}

double similarity(const std::vector<float>& a, std::size_t i, const std::vector<float>& b, std::size_t j,
                  int channels = kChannels) {
  double sum = 0;
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c)
    sum += static_cast<double>(a[i * static_cast<std::size_t>(channels) + c]) *
           static_cast<double>(b[j * static_cast<std::size_t>(channels) + c]);
  return sum;
}

// A rectangle of pixels with random features and probabilities.
RegionPixels random_region(int left, int top, int width, int height, Random& random) {
  RegionPixels region;
  for (int y = top; y < top + height; ++y)
    for (int x = left; x < left + width; ++x) {
      region.pixels.push_back({x, y});
      region.probability.push_back(static_cast<float>(random.uniform()));
    }
  region.features = random_rows(region.pixels.size(), random);
  return region;
}

// Index of the largest value, the first of equals; −1 where no candidate counts.
int best_of(std::size_t count, const std::function<bool(std::size_t)>& counts,
            const std::function<double(std::size_t)>& value) {
  int best = -1;
  for (std::size_t j = 0; j < count; ++j)
    if (counts(j) && (best < 0 || value(j) > value(static_cast<std::size_t>(best))))
      best = static_cast<int>(j);
  return best;
}

const auto kAll = [](std::size_t) { return true; };

double distance(const Pixel& a, const Pixel& b) {
  return std::sqrt(static_cast<double>(squared_distance(a, b)));
}

}  // namespace

TEST_CASE("rows of another inference than the paper's are named by what differs", "[matching][inference]") {
  CHECK(InferenceOptions().suffix().empty());
  InferenceOptions options;
  options.match = MatchRule::kMutual;
  options.soft_argmax_px = 2.5;
  options.shifts = 2;
  CHECK(options.suffix() == "~match-mutual~soft_argmax-2.5~shifts-2");
  options.transport_temperature = 0;
  CHECK_THROWS_AS(InferenceOptions::options().check(options), UsageError);
}

TEST_CASE("transport equals Sinkhorn's iterations in plain loops, and its marginals are the masses",
          "[matching][inference]") {
  Random random(3);
  const std::size_t n = 7, m = 5;
  const std::vector<float> a = random_rows(n, random), b = random_rows(m, random);
  std::vector<float> mass(n);
  for (float& value : mass) value = static_cast<float>(0.1 + random.uniform());
  const double temperature = GENERATE(0.1, 0.5), dustbin = GENERATE(0.1, 0.6);
  const TransportPlan plan = transport({&a, &mass}, {&b, nullptr}, kChannels, temperature, dustbin);

  // Rows and columns n and m are the dustbins.
  std::vector<std::vector<double>> flow(n + 1, std::vector<double>(m + 1, std::exp(dustbin / temperature)));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < m; ++j) flow[i][j] = std::exp(similarity(a, i, b, j) / temperature);
  const double sum = std::accumulate(mass.begin(), mass.end(), 0.0);
  std::vector<double> of_row, of_column(m, 1.0 / static_cast<double>(m));
  for (const float value : mass) of_row.push_back(static_cast<double>(value) / sum);
  of_row.push_back(1);
  of_column.push_back(1);
  for (int step = 0; step < 2000; ++step) {
    for (std::size_t i = 0; i <= n; ++i) {
      const double total = std::accumulate(flow[i].begin(), flow[i].end(), 0.0);
      for (double& value : flow[i]) value *= of_row[i] / total;
    }
    for (std::size_t j = 0; j <= m; ++j) {
      double total = 0;
      for (std::size_t i = 0; i <= n; ++i) total += flow[i][j];
      for (std::size_t i = 0; i <= n; ++i) flow[i][j] *= of_column[j] / total;
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    double row = 0;
    for (std::size_t j = 0; j < m; ++j) {
      const double value =
          std::exp((similarity(a, i, b, j) + static_cast<double>(plan.bias_a[i] + plan.bias_b[j]) - dustbin) /
                   temperature);
      CHECK_THAT(value, Catch::WithinAbs(flow[i][j], 1e-5));
      row += value;
    }
    CHECK_THAT(static_cast<double>(plan.binned_a[i]) * of_row[i], Catch::WithinAbs(flow[i][m], 1e-5));
    CHECK_THAT(row + static_cast<double>(plan.binned_a[i]) * of_row[i], Catch::WithinAbs(of_row[i], 1e-5));
  }
  for (std::size_t j = 0; j < m; ++j)
    CHECK_THAT(static_cast<double>(plan.binned_b[j]) * of_column[j], Catch::WithinAbs(flow[n][j], 1e-5));
}

TEST_CASE("transport takes a part in what not all pixels were transported for", "[matching][inference]") {
  // Features that vary slowly along a line, as over pixels: every fourth of them tells the same.
  const auto line = [](std::size_t count) {
    std::vector<float> rows;
    for (std::size_t i = 0; i < count; ++i) {
      const double angle = 2.0 * static_cast<double>(i) / static_cast<double>(count);
      rows.insert(rows.end(), {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))});
    }
    return rows;
  };
  const std::vector<float> a = line(400), b = line(600);
  const TransportPlan whole = transport({&a, nullptr}, {&b, nullptr}, 2, 0.1, 0.5, "cpu", 1000);
  const TransportPlan part = transport({&a, nullptr}, {&b, nullptr}, 2, 0.1, 0.5, "cpu", 100);
  REQUIRE(part.bias_b.size() == 600);
  // Up to a constant, which the number of transported pixels changes.
  for (const std::size_t j : {1UL, 77UL, 300UL, 598UL}) {
    CHECK_THAT(part.bias_b[j] - part.bias_b[150],
               Catch::WithinAbs(whole.bias_b[j] - whole.bias_b[150], 0.01));
    CHECK_THAT(part.binned_b[j], Catch::WithinAbs(whole.binned_b[j], 0.02));
  }
  CHECK_THROWS_AS(transport({&a, nullptr}, {&b, &a}, 2, 0.1, 0.5), std::invalid_argument);
  const std::vector<float> none;
  CHECK_THROWS_AS(transport({&none, nullptr}, {&b, nullptr}, 2, 0.1, 0.5), std::invalid_argument);
}

TEST_CASE("by transport two pixels don't share a counterpart, and one without any is not matched",
          "[matching][inference]") {
  const auto unit = [](double degrees) {
    const double angle = degrees * 3.14159265358979 / 180;
    return std::vector<float>{static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
  };
  const auto region = [&](const std::vector<double>& degrees) {
    RegionPixels made;
    for (std::size_t i = 0; i < degrees.size(); ++i) {
      made.pixels.push_back({static_cast<std::int32_t>(i), 0});
      const std::vector<float> row = unit(degrees[i]);
      made.features.insert(made.features.end(), row.begin(), row.end());
    }
    return made;
  };
  // The target at 12° is the nearest of the sources at 10° and at 20°; the one at 180° is like nothing.
  const RegionPixels a = region({10, 20, 180}), b = region({12, 33});
  InferenceOptions options;
  const RegionMatches nearest = match_regions(a, b, 2, options);
  CHECK((nearest[0][0].index == 0 && nearest[0][1].index == 0));
  options.match = MatchRule::kTransport;
  options.transport_temperature = 0.02;
  options.dustbin = 0.5;
  const RegionMatches moved = match_regions(a, b, 2, options);
  CHECK((moved[0][0].index == 0 && moved[0][1].index == 1));
  CHECK((moved[0][0].is_matched && moved[0][1].is_matched));
  CHECK_FALSE(moved[0][2].is_matched);
  CHECK_THAT(moved[0][1].similarity, Catch::WithinAbs(std::cos(13 * 3.14159265 / 180), 1e-5));
  CHECK((moved[1][0].index == 0 && moved[1][1].index == 1));

  const std::vector<CycleMatch> ranked = rank_by_cycle(
      {{{{2, 0}, {0, 0}}, {2, 0}, 0.9F, 0, false}, {{{0, 0}, {0, 0}}, {0, 0}, 0.2F}}, {true, true});
  CHECK(ranked.back().pair.first.x == 2);
  CHECK(rank_by_cycle({{{{2, 0}, {0, 0}}, {2, 0}, 0.9F, 0, false}, {{{0, 0}, {0, 0}}, {0, 0}, 0.2F}})
            .front()
            .pair.first.x == 0);
}

TEST_CASE("mutual matches are the most similar of those that lead back, by brute force",
          "[matching][inference]") {
  Random random(5);
  const RegionPixels a = random_region(30, 40, 12, 9, random), b = random_region(100, 3, 8, 11, random);
  InferenceOptions options;
  options.match = MatchRule::kMutual;
  options.mutual_px = 1;
  const RegionMatches nearest = match_regions(a, b, kChannels, {});
  const RegionMatches mutual = match_regions(a, b, kChannels, options);
  CHECK(match_regions(a, b, kChannels, options, "cpu", false)[1].empty());
  std::size_t moved = 0, lost = 0;
  for (const std::size_t direction : {0UL, 1UL}) {
    const RegionPixels &source = direction == 0 ? a : b, &target = direction == 0 ? b : a;
    for (std::size_t i = 0; i < source.pixels.size(); ++i) {
      const auto value = [&](std::size_t j) { return similarity(source.features, i, target.features, j); };
      const int expected = best_of(
          target.pixels.size(),
          [&](std::size_t j) {
            const auto back = static_cast<std::size_t>(nearest[1 - direction][j].index);
            return distance(source.pixels[back], source.pixels[i]) <= options.mutual_px;
          },
          value);
      const PixelMatch& found = mutual[direction][i];
      CHECK(found.index == (expected < 0 ? nearest[direction][i].index : expected));
      CHECK_THAT(static_cast<double>(found.similarity),
                 Catch::WithinAbs(value(static_cast<std::size_t>(found.index)), 1e-5));
      moved += found.index != nearest[direction][i].index ? 1 : 0;
      lost += expected < 0 ? 1 : 0;
    }
  }
  CHECK(moved > 10);
  CHECK(lost > 0);
}

TEST_CASE("a prior adds its weight times log probability on either side, by brute force",
          "[matching][inference]") {
  Random random(6);
  RegionPixels a = random_region(3, 4, 9, 7, random), b = random_region(60, 70, 10, 8, random);
  b.probability[5] = 0;  // counts as a thousandth
  InferenceOptions options;
  options.part = PartRule::kPrior;
  options.prior_weight = 0.3;
  const auto bias = [&](const RegionPixels& region, std::size_t at) {
    return options.prior_weight * std::log(std::max(1e-3, static_cast<double>(region.probability[at])));
  };
  const RegionMatches found = match_regions(a, b, kChannels, options);
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    const auto value = [&](std::size_t j) { return similarity(a.features, i, b.features, j) + bias(b, j); };
    const auto j = static_cast<std::size_t>(found[0][i].index);
    CHECK(found[0][i].index == best_of(b.pixels.size(), kAll, value));
    CHECK_THAT(static_cast<double>(found[0][i].bias), Catch::WithinAbs(bias(a, i) + bias(b, j), 1e-5));
    CHECK_THAT(static_cast<double>(found[0][i].similarity),
               Catch::WithinAbs(similarity(a.features, i, b.features, j), 1e-5));
  }
  a.probability.clear();
  b.probability.clear();
  const RegionMatches unknown = match_regions(a, b, kChannels, options),
                      plain = match_regions(a, b, kChannels, {});
  for (std::size_t i = 0; i < a.pixels.size(); ++i) CHECK(unknown[0][i].index == plain[0][i].index);
}

TEST_CASE("a soft argmax finds the middle of a Gaussian beside its highest pixel, and stays in the region",
          "[matching][inference]") {
  // Similarities of one source pixel whose weights are a Gaussian about (80.3, 60.6), and a spike beside it.
  const double sigma = 3, temperature = 0.05, x0 = 80.3, y0 = 60.6;
  const RegionPixels source{{{10, 10}}, {1, 0}, {}};
  RegionPixels target;
  const auto add = [&](const Pixel& pixel, double value) {
    target.pixels.push_back(pixel);
    const auto cosine = static_cast<float>(value);
    target.features.insert(target.features.end(), {cosine, std::sqrt(1 - cosine * cosine)});
  };
  const Pixel hole{80, 61}, spike{83, 58};
  for (int y = 40; y < 80; ++y)
    for (int x = 60; x < 100; ++x) {
      const double squared = (x - x0) * (x - x0) + (y - y0) * (y - y0);
      if (Pixel{x, y} == spike)
        add(spike, 0.92);
      else if (!(Pixel{x, y} == hole))
        add({x, y}, 0.9 - temperature * squared / (2 * sigma * sigma));
    }
  InferenceOptions options;
  const auto found = [&] {
    return target.pixels[static_cast<std::size_t>(match_regions(source, target, 2, options)[0][0].index)];
  };
  CHECK(found() == spike);
  options.soft_argmax_temperature = temperature;
  options.soft_argmax_px = 15;
  // (80, 61) is nearest to the middle, but not in the region; the next is (81, 61) or (80, 60).
  CHECK(distance(found(), {80, 61}) == 1);
  options.soft_argmax_px = 0.5;  // the pixel itself
  CHECK(found() == spike);
  options.soft_argmax_px = 15;
  options.soft_argmax_temperature = 0.001;  // the highest alone counts
  CHECK(found() == spike);
}

TEST_CASE("label transfer and discovery follow the inference on crops", "[matching][inference]") {
  Random random(9);
  CropFeatures features_1{kChannels, random_rows(kCropPixels, random)},
      features_2{kChannels, random_rows(kCropPixels, random)};
  CropMask object_1(kCropPixels, 0), object_2(kCropPixels, 0), part(kCropPixels, 0);
  std::vector<float> probability(kCropPixels, 0);
  for (int y = 20; y < 40; ++y)
    for (int x = 30; x < 50; ++x) {
      const std::size_t at = crop_index({x, y});
      object_1[at] = object_2[at] = 1;
      part[at] = x < 40 ? 1 : 0;
      probability[at] = x < 40 ? 0.9F : 0.6F;
    }
  const MatchingSide side_1{&features_1, &object_1, part, &probability},
      side_2{&features_2, &object_2, part, &probability};
  std::vector<PixelPair> truth;
  for (int y = 20; y < 40; y += 3)
    for (int x = 31; x < 50; x += 3) truth.push_back({{x, y}, {x, y}});
  const auto row_of = [](const Pixel& pixel) { return crop_index(pixel); };
  const std::vector<Pixel> on_object = pixels_of(object_2);

  SECTION("a prior lets matches leave the part, and puts nothing before the rest") {
    MatchingOptions options;
    options.inference.part = PartRule::kPrior;
    const PairMatches found = match_pair(side_1, side_2, truth, options);
    std::size_t outside = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      const int best = best_of(on_object.size(), kAll, [&](std::size_t j) {
        return similarity(features_1.values, row_of(truth[i].first), features_2.values,
                          row_of(on_object[j])) +
               0.1 * std::log(static_cast<double>(probability[row_of(on_object[j])]));
      });
      CHECK(found[0].transfer[i] == on_object[static_cast<std::size_t>(best)]);
      outside += part[row_of(found[0].transfer[i])] ? 0 : 1;
    }
    CHECK((outside > 0 && outside < truth.size() / 2));
    REQUIRE(found[0].ranked.size() == 400);
    std::size_t first_outside = 0;
    while (part[row_of(found[0].ranked[first_outside].first)]) ++first_outside;
    CHECK(first_outside < 199);
    const PairMatches cut = match_pair(side_1, side_2, truth);
    for (const PixelPair& pair : cut[0].ranked) {
      if (!part[row_of(pair.first)]) break;
      CHECK(part[row_of(pair.second)]);
    }
  }
  SECTION("the source's part and the queries have a say in mutual matches") {
    MatchingOptions options;
    options.inference.match = MatchRule::kMutual;
    options.inference.mutual_px = 4;
    const PairMatches found = match_pair(side_1, side_2, truth, options);
    std::set<std::size_t> sources;
    for (const PixelPair& pair : truth) sources.insert(row_of(pair.first));
    for (std::size_t at = 0; at < kCropPixels; ++at)
      if (part[at]) sources.insert(at);
    const std::vector<std::size_t> rows(sources.begin(), sources.end());
    const std::vector<Pixel> targets = pixels_of(part);
    std::vector<std::size_t> back;
    for (const Pixel& target : targets) {
      const int best = best_of(rows.size(), kAll, [&](std::size_t i) {
        return similarity(features_2.values, row_of(target), features_1.values, rows[i]);
      });
      back.push_back(rows[static_cast<std::size_t>(best)]);
    }
    for (std::size_t i = 0; i < truth.size(); ++i) {
      const auto value = [&](std::size_t j) {
        return similarity(features_1.values, row_of(truth[i].first), features_2.values, row_of(targets[j]));
      };
      int best = best_of(
          targets.size(), [&](std::size_t j) { return distance(crop_pixel(back[j]), truth[i].first) <= 4; },
          value);
      if (best < 0) best = best_of(targets.size(), kAll, value);
      CHECK(found[0].transfer[i] == targets[static_cast<std::size_t>(best)]);
    }
  }
}

}  // namespace funcorr
