#include "eval/measurement/evaluation.h"

#include "db/dataset/predictions.h"
#include "tests/catch.h"
#include "tests/eval/crop_workspace.h"
#include "tests/train/run_on_disk.h"

namespace funcorr {
namespace {

using tests::CropWorkspace;

double value_of(const std::vector<Metric>& metrics, const std::string& name, int direction) {
  for (const Metric& metric : metrics)
    if (metric.name == name && metric.direction == direction) return metric.value;
  throw std::runtime_error("there is no metric " + name);
}

}  // namespace

TEST_CASE("rows are measured by the run of their name, another one where told so, baselines by a backbone") {
  using Runs = std::map<ResultRow, std::vector<std::string>>;
  EvaluationOptions options;
  options.runs = {"spatial=mine"};
  const RunsOfRows runs = runs_of_rows(options, {"extra", "full", "mine"});
  CHECK(runs.done == Runs{{ResultRow::kBackbone, {"full"}},
                          {ResultRow::kSdDino, {"full"}},
                          {ResultRow::kVlmBackbone, {"full"}},
                          {ResultRow::kVlmFunctionBackbone, {"full"}},
                          {ResultRow::kFusedBackbone, {"full"}},
                          {ResultRow::kSpatial, {"mine"}},
                          {ResultRow::kFull, {"full"}}});
  CHECK(runs.missing ==
        Runs{{ResultRow::kFunctional, {"functional"}}, {ResultRow::kFullNoMask, {"full-no-mask"}}});
  options.rows = {ResultRow::kBackbone, ResultRow::kFunctional};
  CHECK(runs_of_rows(options, {"extra", "mine"}).done == Runs{{ResultRow::kBackbone, {"extra"}}});
  options.backbone_run = "not trained";
  CHECK(runs_of_rows(options, {"extra"}).done.empty());
  options.rows = {ResultRow::kFull};
  options.runs = {"full=mine", "full=full", "full=lost"};
  const RunsOfRows several = runs_of_rows(options, {"extra", "full", "mine"});
  CHECK(several.done == Runs{{ResultRow::kFull, {"mine", "full"}}});
  CHECK(several.missing == Runs{{ResultRow::kFull, {"lost"}}});
  options.runs = {"spatial"};
  CHECK_THROWS_AS(runs_of_rows(options, {"full"}), UsageError);
  options.thresholds.transfer = {300};
  CHECK_THROWS_AS(EvaluationOptions::options().check(options), UsageError);
}

TEST_CASE("a row is measured on a pair of the workspace, and its predictions are kept") {
  const CropWorkspace made;
  const std::string uid = CropWorkspace::uid('a'), moved = CropWorkspace::uid('b');
  made.add_object(uid, 30, 40);
  made.add_object(moved, 100, 90);
  tests::write_run_on_disk(made.workspace().run("full"));
  std::vector<PixelPair> truth;
  for (int i = 0; i < 60; i += 4) truth.push_back({{30 + i, 40 + i}, {30 + i, 40 + i}});
  const Pair with_itself = made.add_pair("pour with", uid, uid, truth);
  PairEvaluation evaluation(made.workspace(), {}, 1);

  const auto backbone = evaluation.measure_row({ResultRow::kBackbone, with_itself, "full", {}, {}}, 1);
  REQUIRE(backbone);
  CHECK(backbone->size() == 2 * (1 + 3 + 2 * 4));
  for (const int direction : {0, 1}) {
    CHECK(value_of(*backbone, "transfer.distance", direction) < 0.01);
    CHECK(value_of(*backbone, "transfer.pck@10", direction) == 1);
  }
  CHECK(backbone->front().row == "backbone");
  CHECK(backbone->front().pair == with_itself.id);
  const Predictions kept = load_predictions(predictions_path(made.workspace(), "backbone", with_itself.id));
  CHECK(kept.in_image_1.size() == truth.size());

  const Pair pair = made.add_pair("cut with", uid, moved, {{{40, 50}, {110, 100}}});
  const auto chance = [&](std::uint64_t seed) {
    return value_of(*evaluation.measure_row({ResultRow::kChance, pair, {}, {}, {}}, seed),
                    "transfer.distance", 0);
  };
  CHECK(chance(1) == chance(1));
  CHECK(chance(1) != chance(2));
  const auto full = evaluation.measure_row({ResultRow::kFull, pair, "full", {}, {}}, 1);
  REQUIRE(full);
  CHECK(value_of(*full, "transfer.distance", 0) < 1);
  CHECK(full->front().run.empty());

  // Another run of the row stands beside it; of a sweep's runs no predictions are kept.
  for (const char* run : {"mine", "sweep.base"}) {
    tests::write_run_on_disk(made.workspace().run(run));
    const auto other = evaluation.measure_row({ResultRow::kFull, pair, run, {}, {}}, 1);
    REQUIRE(other);
    CHECK(other->front().row == "full");
    CHECK(other->front().run == run);
  }
  CHECK(std::filesystem::exists(predictions_path(made.workspace(), "full", pair.id)));
  CHECK(std::filesystem::exists(predictions_path(made.workspace(), "full/mine", pair.id)));
  CHECK_FALSE(std::filesystem::exists(predictions_path(made.workspace(), "full/sweep.base", pair.id)));
}

TEST_CASE("a view without object pixels is not measured, and without asking nothing is kept") {
  const CropWorkspace made;
  const std::string uid = CropWorkspace::uid('a'), empty = CropWorkspace::uid('b');
  made.add_object(uid, 30, 40);
  made.add_object(empty, 0, 0, 0);
  EvaluationOptions options;
  options.save_predictions = false;
  PairEvaluation evaluation(made.workspace(), options, 1);
  const Pair lost = made.add_pair("cut with", uid, empty, {{{40, 50}, {110, 100}}});
  CHECK_FALSE(evaluation.measure_row({ResultRow::kChance, lost, {}, {}, {}}, 1));
  const Pair pair = made.add_pair("cut with", uid, uid, {{{40, 50}, {40, 50}}});
  CHECK(evaluation.measure_row({ResultRow::kChance, pair, {}, {}, {}}, 1));
  CHECK_FALSE(std::filesystem::exists(predictions_path(made.workspace(), "chance", pair.id)));
}

}  // namespace funcorr
