#include "eval/metric/metrics.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "db/format/npy.h"
#include "tests/catch.h"
#include "tests/golden.h"

namespace funcorr {
namespace {

std::vector<Pixel> pixels(const NpyArray& xy) {
  const std::vector<double> values = xy.to_double();
  std::vector<Pixel> result;
  for (std::size_t i = 0; i + 1 < values.size(); i += 2)
    result.push_back({static_cast<std::int32_t>(values[i]), static_cast<std::int32_t>(values[i + 1])});
  return result;
}

std::vector<PixelPair> zip(const std::vector<Pixel>& first, const std::vector<Pixel>& second) {
  REQUIRE(first.size() == second.size());
  std::vector<PixelPair> pairs;
  for (std::size_t i = 0; i < first.size(); ++i) pairs.push_back({first[i], second[i]});
  return pairs;
}

// Precision and recall by comparing all with all, straight from the definition.
DiscoveryMetrics all_pairs_oracle(const std::vector<PixelPair>& truth, const std::vector<PixelPair>& ranked,
                                  double k) {
  const auto near = [&](const PixelPair& a, const PixelPair& b) {
    return std::hypot(a.first.x - b.first.x, a.first.y - b.first.y) <= k &&
           std::hypot(a.second.x - b.second.x, a.second.y - b.second.y) <= k;
  };
  DiscoveryMetrics result;
  double last_recall = 0;
  for (int percent = 1; percent <= 100; ++percent) {
    const auto top =
        static_cast<std::size_t>(static_cast<double>(ranked.size()) * (0.01 + 0.01 * (percent - 1)));
    const std::vector<PixelPair> kept(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(top));
    double right = 0, recovered = 0;
    for (const auto& pair : kept)
      right += std::any_of(truth.begin(), truth.end(), [&](const auto& g) { return near(pair, g); }) ? 1 : 0;
    for (const auto& g : truth)
      recovered +=
          std::any_of(kept.begin(), kept.end(), [&](const auto& pair) { return near(pair, g); }) ? 1 : 0;
    const double precision = top == 0 ? 0 : right / static_cast<double>(top);
    const double recall = recovered / static_cast<double>(truth.size());
    result.precision.push_back(precision);
    result.recall.push_back(recall);
    result.best_f1 =
        std::max(result.best_f1, precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0);
    result.average_precision += (recall - last_recall) * precision;
    last_recall = recall;
  }
  return result;
}

void check_equal(const DiscoveryMetrics& found, const DiscoveryMetrics& expected) {
  REQUIRE(found.precision.size() == 100);
  REQUIRE(found.recall.size() == 100);
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK_THAT(found.precision[i], Catch::WithinAbs(expected.precision[i], 1e-9));
    CHECK_THAT(found.recall[i], Catch::WithinAbs(expected.recall[i], 1e-9));
  }
  CHECK_THAT(found.best_f1, Catch::WithinAbs(expected.best_f1, 1e-9));
  CHECK_THAT(found.average_precision, Catch::WithinAbs(expected.average_precision, 1e-9));
}

}  // namespace

TEST_CASE("metrics equal the golden ones") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  std::ifstream stream(golden / "label" / "metrics.json");
  const nlohmann::json expected = nlohmann::json::parse(stream);
  REQUIRE_FALSE(expected.empty());
  for (std::size_t k = 0; k < expected.size(); ++k) {
    INFO("matches_" << k);
    const auto arrays = load_npz(golden / "label" / ("matches_" + std::to_string(k) + ".npz"));
    const auto truth_2 = pixels(arrays.at("gt2_xy"));
    const TransferMetrics transfer = label_transfer(truth_2, pixels(arrays.at("transfer_pred_xy")));
    const nlohmann::json& want = expected[k]["transfer"];
    CHECK_THAT(transfer.normalized_distance,
               Catch::WithinAbs(want["normalized_distance"].get<double>(), 1e-9));
    REQUIRE(kTransferThresholds.size() == transfer.pck.size());
    for (std::size_t t = 0; t < kTransferThresholds.size(); ++t) {
      const std::string name = "pck_" + std::to_string(static_cast<int>(kTransferThresholds[t]));
      CHECK_THAT(transfer.pck[t], Catch::WithinAbs(want[name].get<double>(), 1e-9));
    }
    const auto curves = discovery(zip(pixels(arrays.at("gt1_xy")), truth_2),
                                  zip(pixels(arrays.at("pred1_xy")), pixels(arrays.at("pred2_xy"))));
    for (const DiscoveryMetrics& curve : curves) {
      INFO("threshold " << curve.threshold);
      const nlohmann::json& at = expected[k]["discovery"][std::to_string(static_cast<int>(curve.threshold))];
      check_equal(curve, {curve.threshold, at["precision"].get<std::vector<double>>(),
                          at["recall"].get<std::vector<double>>(), at["best_f1"].get<double>(),
                          at["average_precision"].get<double>()});
    }
  }
}

TEST_CASE("discovery equals a comparison of all with all") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937_64 engine(seed);
    const int span = seed % 3 == 0 ? 224 : 60;
    const auto pixel = [&] {
      return Pixel{static_cast<std::int32_t>(engine() % static_cast<unsigned>(span)),
                   static_cast<std::int32_t>(engine() % static_cast<unsigned>(span))};
    };
    std::vector<PixelPair> truth(1 + engine() % 200), ranked(1 + engine() % 300);
    for (auto* set : {&truth, &ranked})
      for (PixelPair& pair : *set) pair = {pixel(), pixel()};
    for (std::size_t i = 0; i < std::min(truth.size(), ranked.size()); i += 3) ranked[i] = truth[i];
    const std::vector<double> thresholds{40, 10.5, 5, 1, 0};
    INFO("seed " << seed);
    const auto found = discovery(truth, ranked, thresholds);
    REQUIRE(found.size() == thresholds.size());
    for (std::size_t t = 0; t < thresholds.size(); ++t)
      check_equal(found[t], all_pairs_oracle(truth, ranked, thresholds[t]));
  }
}

TEST_CASE("a perfect ranking has precision 1, recall 1 and average precision 1") {
  std::vector<PixelPair> truth;
  for (std::int32_t i = 0; i < 200; ++i) truth.push_back({{i, 5}, {i, 200 - i}});
  const auto found = discovery(truth, truth, {0});
  CHECK_THAT(found[0].best_f1, Catch::WithinAbs(1, 1e-12));
  CHECK_THAT(found[0].average_precision, Catch::WithinAbs(1, 1e-12));
  const auto never = discovery(truth, {{{0, 223}, {0, 0}}}, {5});
  CHECK(never[0].best_f1 == 0);
  CHECK(never[0].average_precision == 0);
}

TEST_CASE("label transfer counts distances up to and including the threshold") {
  const auto found = label_transfer({{0, 0}, {0, 0}, {10, 10}}, {{3, 4}, {0, 6}, {10, 10}}, {5, 6, 0});
  CHECK_THAT(found.normalized_distance, Catch::WithinAbs(11.0 / 3 / 223, 1e-12));
  CHECK_THAT(found.pck[0], Catch::WithinAbs(2.0 / 3, 1e-12));
  CHECK_THAT(found.pck[1], Catch::WithinAbs(1, 1e-12));
  CHECK_THAT(found.pck[2], Catch::WithinAbs(1.0 / 3, 1e-12));
}

TEST_CASE("metrics refuse empty and ill-matched input") {
  CHECK_THROWS_AS(label_transfer({}, {}), std::invalid_argument);
  CHECK_THROWS_AS(label_transfer({{1, 1}}, {}), std::invalid_argument);
  CHECK_THROWS_AS(discovery({}, {{{1, 1}, {1, 1}}}), std::invalid_argument);
}

}  // namespace funcorr
