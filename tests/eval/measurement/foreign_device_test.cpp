// Matching and rows of the results table on a device that the host cannot look into
// (tests/train/foreign_device.h) equal the CPU's, and only results are copied back.
#include "tests/train/foreign_device.h"

#include <string>
#include <vector>

#include "db/format/random.h"
#include "eval/matching/mutual_matches.h"
#include "eval/measurement/evaluation.h"
#include "tests/catch.h"
#include "tests/eval/crop_workspace.h"
#include "tests/train/run_on_disk.h"

namespace funcorr {
namespace {

using tests::copies_to_host;
using tests::CropWorkspace;
using tests::foreign_device;

struct Measured {
  std::vector<Metric> metrics;
  std::int64_t copies = 0;  // back from the device
};

Measured measured(PairEvaluation& evaluation, const RowOfPair& item) {
  const std::int64_t before = copies_to_host();
  auto metrics = evaluation.measure_row(item, 1);
  REQUIRE(metrics);
  return {std::move(*metrics), copies_to_host() - before};
}

}  // namespace

TEST_CASE("foreign device: mutual matches over several tiles equal the CPU's, ties too, in four copies",
          "[matching][device]") {
  Random random(4);
  std::vector<float> a(9000 * 3), b(70 * 3);
  for (auto* set : {&a, &b})
    for (float& value : *set) value = static_cast<float>(random.below(4));  // many are equal
  for (const bool swapped : {false, true}) {
    const auto& rows = swapped ? b : a;
    const auto& columns = swapped ? a : b;
    const MutualMatches here = match_mutually(rows, columns, 3);
    const std::int64_t before = copies_to_host();
    const MutualMatches there = match_mutually(rows, columns, 3, true, foreign_device().str());
    CHECK(copies_to_host() == before + 4);
    CHECK(there.b_of_a == here.b_of_a);
    CHECK(there.a_of_b == here.a_of_b);
    CHECK(there.similarity_of_a == here.similarity_of_a);
    CHECK(there.similarity_of_b == here.similarity_of_b);
  }
}

TEST_CASE("foreign device: rows measured there equal the CPU's, and only results are copied back",
          "[matching][device]") {
  const CropWorkspace made;
  const std::string uid = CropWorkspace::uid('a'), moved = CropWorkspace::uid('b');
  made.add_object(uid, 30, 40);
  made.add_object(moved, 100, 90);
  tests::write_run_on_disk(made.workspace().run("full"));
  std::vector<PixelPair> truth;
  for (int i = 0; i < 60; i += 4) truth.push_back({{30 + i, 40 + i}, {100 + i, 90 + i}});
  const Pair pair = made.add_pair("pour with", uid, moved, truth);

  const auto evaluation_on = [&](const std::string& device) {
    EvaluationOptions options;
    options.save_predictions = false;
    options.device.name = device;
    return PairEvaluation(made.workspace(), options, 1);
  };
  PairEvaluation on_cpu = evaluation_on("cpu"), on_device = evaluation_on(foreign_device().str());
  // Of an embedding its values; of label transfer two results in each direction, of discovery four. Crops
  // stay embedded.
  for (const std::int64_t copies : {2 * 1 + 2 * 2 + 4, 2 * 2 + 4}) {
    const RowOfPair item{ResultRow::kBackbone, pair, "full", {}, {}, {}, {}};
    INFO(item.row_name());
    const Measured here = measured(on_cpu, item), there = measured(on_device, item);
    CHECK(here.copies == 0);
    CHECK(there.copies == copies);
    REQUIRE(there.metrics.size() == here.metrics.size());
    for (std::size_t i = 0; i < here.metrics.size(); ++i) {
      INFO(here.metrics[i].name);
      CHECK(there.metrics[i].row == item.row_name());
      CHECK_THAT(there.metrics[i].value, Catch::WithinAbs(here.metrics[i].value, 1e-6));
    }
  }
}

}  // namespace funcorr
