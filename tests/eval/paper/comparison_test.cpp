#include "eval/paper/comparison.h"

#include <algorithm>

#include "tests/catch.h"
#include "tests/eval/metric/measured.h"
#include "train/trainer/training_config.h"

namespace funcorr {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

const ComparedRow& row_of(const Comparison& comparison, const std::string& label) {
  const auto found = std::ranges::find(comparison.rows, label, &ComparedRow::label);
  REQUIRE(found != comparison.rows.end());
  return *found;
}

// A run as the paper trains it.
json paper_config() {
  json config = TrainingConfig();
  config["model"]["backbone"]["kind"] = "dinov2";
  config["model"]["text"]["kind"] = "clip";
  return config;
}

Circumstances paper_circumstances() {
  Circumstances all;
  all.runs["full"] = paper_config();
  all.models_of_locate["cogvlm"] = {"CogVLM-grounding-generalist-v1.1"};
  all.models_of_ground = {"cogvlm-grounding-generalist"};
  return all;
}

// All of Table 1's metrics of a row, on two annotated pairs.
void add_row(Results& results, const std::string& row, const std::string& run, double value,
             int annotated = 2) {
  for (int pair = 0; pair < annotated; ++pair)
    for (const std::string& metric : published_metrics()) {
      MetricWithPair one = tests::measured(row, std::string(1, static_cast<char>('a' + pair)), "pour-with",
                                           false, metric, value);
      one.metric.run = run;
      results.add(one);
    }
}

std::string all_obstacles(const ComparedRow& row) {
  std::string text;
  for (const std::string& obstacle : row.obstacles) text += obstacle + "\n";
  return text;
}

}  // namespace

TEST_CASE("what is trained and asked as the paper did on its set can be compared, with the difference") {
  Results results(1);
  add_row(results, "full", "", 0.5);
  add_row(results, "backbone", "", 0.25);
  add_row(results, "vlm+backbone", "cogvlm", 0.25);
  const Comparison real = table_1(PairSet::kReal, results, 2, paper_circumstances());
  for (const char* label : {"full", "backbone", "vlm:cogvlm+backbone"}) {
    INFO(label);
    CHECK(all_obstacles(row_of(real, label)).empty());
  }
  const ComparedCell& distance = row_of(real, "full").cells.at(0);
  CHECK(distance.published == 0.153);
  CHECK_THAT(distance.difference().value(), Catch::WithinAbs(0.5 - 0.153, 1e-12));
  CHECK(
      row_of(table_1(PairSet::kSynthetic, results, 2, paper_circumstances()), "full").cells.at(0).published ==
      0.172);
  CHECK(real.rows.size() == published_rows(PairSet::kReal).size());
  CHECK_THAT(to_text(real), ContainsSubstring("0.500 (0.153 +0.347)"));
}

TEST_CASE("what makes a row another quantity than the paper's is said of it, and of no other") {
  Results results(1);
  add_row(results, "chance", "", 0.25);
  add_row(results, "full", "", 0.5);
  add_row(results, "backbone", "", 0.25, 1);
  add_row(results, "vlm+backbone", "", 0.25);
  add_row(results, "vlm+backbone", "manipvqa", 0.25);
  Circumstances made = paper_circumstances();
  made.runs["full"] = TrainingConfig();  // weight-free, learned vectors
  made.runs["full"]["training"]["steps"] = 1000;
  made.models_of_ground = {"simulated"};
  made.models_of_locate = {{"", {"simulated"}}, {"manipvqa", {"manipvqa-7b", "qwen"}}};
  const Comparison compared = table_1(PairSet::kSynthetic, results, 2, made);
  CHECK(row_of(compared, "chance").obstacles.empty());
  const std::string full = all_obstacles(row_of(compared, "full"));
  CHECK_THAT(full, ContainsSubstring("weight-free") && ContainsSubstring("learned vectors") &&
                       ContainsSubstring("steps 1000 (100000)") && ContainsSubstring("simulated"));
  CHECK(full.find("points") == std::string::npos);  // as the paper's
  CHECK_THAT(all_obstacles(row_of(compared, "backbone")),
             ContainsSubstring("measured on 1 of 2 annotated pairs") && ContainsSubstring("weight-free"));
  CHECK_THAT(all_obstacles(row_of(compared, "vlm+backbone")),
             ContainsSubstring("boxes are from simulated, the paper's from cogvlm"));
  CHECK_THAT(all_obstacles(row_of(compared, "vlm:manipvqa+backbone")),
             ContainsSubstring("manipvqa-7b, qwen"));
  const ComparedRow& missing = row_of(compared, "vlm-function:manipvqa+backbone");
  CHECK(missing.cells.at(0).ours.samples == 0);
  CHECK_FALSE(missing.cells.at(0).difference());
  CHECK_THAT(all_obstacles(missing), ContainsSubstring("funcorr locate --name manipvqa --by function"));
  CHECK_THAT(all_obstacles(row_of(compared, "sd")), ContainsSubstring("[evaluate] diffusion"));
  CHECK_THAT(all_obstacles(row_of(compared, "spatial")), ContainsSubstring("funcorr paper"));
  CHECK_THAT(all_obstacles(row_of(table_1(PairSet::kOwn, results, 2, made), "chance")),
             ContainsSubstring("own objects"));
}

TEST_CASE("an ablation leaves a loss out and is no other training for it, whoever trained it") {
  Results results(1);
  add_row(results, "functional", "", 0.25);
  Circumstances made = paper_circumstances();
  json& config = made.runs["sweep.functional"] = paper_config();
  config["training"]["spatial_weight"] = 0;
  CHECK(row_of(table_1(PairSet::kReal, results, 2, made), "functional").obstacles.empty());
  config["training"]["mask_weight"] = 0.5;
  CHECK_THAT(all_obstacles(row_of(table_1(PairSet::kReal, results, 2, made), "functional")),
             ContainsSubstring("mask_weight 0.5 (1.0)"));
}

TEST_CASE("the losses' worth is the full model's paired lead, beside the paper's, above 0 it is better") {
  Results results(1);
  add_row(results, "full", "", 0.5);
  add_row(results, "functional", "", 0.25);
  const Comparison worth = ablations(PairSet::kSynthetic, results, 2, paper_circumstances());
  REQUIRE(worth.rows.size() == 3);
  const ComparedRow& functional = row_of(worth, "functional");
  CHECK(functional.name == "over Ours (functional only)");
  CHECK(functional.cells.at(0).ours.mean == -0.25);  // a distance: ours is worse
  CHECK(functional.cells.at(1).ours.mean == 0.25);
  CHECK_THAT(functional.cells.at(0).published.value(), Catch::WithinAbs(0.228 - 0.172, 1e-12));
  CHECK_THAT(functional.cells.at(1).published.value(), Catch::WithinAbs(0.480 - 0.287, 1e-12));
  CHECK(row_of(worth, "spatial").cells.at(0).ours.samples == 0);
}

TEST_CASE("comparisons as text, page and numbers hold ours, the paper's and the obstacles once") {
  Results results(1);
  add_row(results, "chance", "", 0.25);
  add_row(results, "fused+backbone", "", 0.75);
  const Comparison compared = table_1(PairSet::kOwn, results, 2, {});
  const std::string text = to_text(compared);
  CHECK_THAT(text, ContainsSubstring("Chance [a]") && ContainsSubstring("0.250 (0.310 -0.060)") &&
                       ContainsSubstring("0.750 (–)") && ContainsSubstring("– (0.212)"));
  const std::string own = "pairs of own objects, not of the published set";
  CHECK(text.find(own) == text.rfind(own));
  CHECK_THAT(comparison_html(compared), ContainsSubstring("<small>(0.310 -0.060)</small>") &&
                                            ContainsSubstring("<li>a: " + own + "</li>"));
  const Table numbers = number_table({compared});
  CHECK(numbers.rows.size() == 12 * kPublishedMetrics);
  CHECK(numbers.rows.front() == std::vector<std::string>{compared.title, "Chance", "chance",
                                                         "transfer.distance", "0.25", "0.25", "0.25", "2",
                                                         "0.31", "-0.06", own});
}

}  // namespace funcorr
