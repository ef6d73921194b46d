// A sweep as train and evaluate do it, on packed shards.
#include <algorithm>
#include <csignal>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "eval/metric/sweep_results.h"
#include "tests/catch.h"
#include "tests/stages/packed_workspace.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using tests::PackedWorkspace;
using Arguments = std::vector<std::string>;

constexpr std::size_t kPairs = 4;

// Pairs of both halves, and stored features.
void prepare(const PackedWorkspace& made) {
  std::map<bool, std::size_t> of_half;
  for (int i = 0; of_half[true] + of_half[false] < kPairs; ++i) {
    const std::string uid(32, 'd'), label = "self" + std::to_string(i);
    const bool half = is_validation_pair(annotated_pair("cut-with", uid, uid, label));
    if (of_half[half] == kPairs / 2) continue;
    ++of_half[half];
    made.add_pair_with_itself(label);
  }
  const auto stored = made.run("features", made.arguments({"--store", "--device", "cpu"}));
  INFO(stored.err);
  REQUIRE(stored.status == 0);
}

// The configuration's own spatial_weight is 10: of the grid's two values one is the base.
Arguments sweep(const PackedWorkspace& made, const Arguments& more = {}) {
  Arguments all{"--sweep",
                "s",
                "--grid",
                "spatial_weight=1,10",
                "--seeds",
                "1,2",
                "--checkpoint-every",
                "10",
                "--validation-pairs",
                "0"};
  all.insert(all.end(), more.begin(), more.end());
  return made.training("full", 60, all);
}
const Arguments kRuns{"sweep.base.seed-1", "sweep.base.seed-2", "sweep.spatial_weight-1.seed-1",
                      "sweep.spatial_weight-1.seed-2"};

tests::Ran measure(const PackedWorkspace& made, const std::string& name) {
  return made.run("evaluate", made.arguments({"--sweep", name}));
}

// Key → fingerprint of the stage's finished items.
std::map<std::string, std::string> done_items(const PackedWorkspace& made, const std::string& stage) {
  Manifest manifest(made.workspace.manifest());
  std::map<std::string, std::string> done;
  for_each_done_item(manifest, stage, [&](const DoneItem& item) { done[item.key] = item.fingerprint; });
  return done;
}

std::string text_of(const PackedWorkspace& made, const std::string& file) {
  return tests::read_text(made.workspace.root / file);
}

}  // namespace

TEST_CASE("sweep: killed again and again, it ends with the table of an undisturbed one") {
  const PackedWorkspace whole, killed;
  for (const PackedWorkspace* made : {&whole, &killed}) prepare(*made);
  const auto undisturbed = whole.run("train", sweep(whole));
  INFO(undisturbed.err);
  REQUIRE(undisturbed.status == 0);
  CHECK(undisturbed.err.find("2 settings × 2 seeds: base; spatial_weight=1") != std::string::npos);
  const auto measured = measure(whole, "s");
  INFO(measured.out << measured.err);
  REQUIRE(measured.status == 0);
  CHECK_THAT(measured.out, Catch::Matchers::ContainsSubstring("not shown"));  // all match all pixels
  CHECK(done_items(whole, "evaluate").size() == kRuns.size() * kPairs);

  for (const std::string& run : kRuns) {
    tests::Program program(PackedWorkspace::program("train"), sweep(killed));
    const fs::path checkpoint = killed.workspace.run(run) / "checkpoint.safetensors";
    REQUIRE(tests::wait_until([&] { return fs::exists(checkpoint); }, 300));
    program.kill(SIGKILL);
    program.wait();
  }
  const auto resumed = killed.run("train", sweep(killed));
  INFO(resumed.err);
  REQUIRE(resumed.status == 0);
  REQUIRE(measure(killed, "s").status == 0);
  CHECK(text_of(killed, "eval/sweeps/s.csv") == text_of(whole, "eval/sweeps/s.csv"));
  for (const std::string& run : kRuns) {
    INFO(run);
    CHECK((tests::read_text(killed.workspace.run(run) / "final.safetensors") ==
           tests::read_text(whole.workspace.run(run) / "final.safetensors")));
  }
  const auto again = whole.run("train", sweep(whole, {"--dry-run"}));
  CHECK_THAT(again.out, Catch::Matchers::ContainsSubstring("0 of 4 items to do"));
}

TEST_CASE("sweep: it and the line's own runs leave each other alone, and a failing run is named") {
  const PackedWorkspace made;
  prepare(made);
  const Arguments own = made.training("full", 20);
  REQUIRE(made.run("train", own).status == 0);
  const Arguments rows = made.arguments({"--rows", "chance,full"});
  REQUIRE(made.run("evaluate", rows).status == 0);
  const auto trained = done_items(made, "train"), measured = done_items(made, "evaluate");
  CHECK(measured.size() == 2 * kPairs);

  const Arguments settings = made.training(
      "full", 20,
      {"--sweep", "mixed", "--settings", "broken=full:loss_limit=1e-9", "--settings", "short=full:steps=8"});
  const auto ran = made.run("train", settings);
  INFO(ran.out << ran.err);
  CHECK(ran.status == 0);  // rejected, as any run that diverges
  const auto table = measure(made, "mixed");
  INFO(table.out << table.err);
  CHECK(table.status == 0);
  CHECK_THAT(table.out, Catch::Matchers::ContainsSubstring("not trained: sweep.loss_limit-1e-09 (rejected)"));
  const auto json = nlohmann::json::parse(text_of(made, "eval/sweeps/mixed.json"));
  REQUIRE(json.at("runs").size() == 3);
  CHECK(json.at("runs")[1].at("state") == "rejected");
  CHECK(json.at("runs")[2].at("state") == "done");
  std::set<std::string> compared, metrics;
  for (const auto& row : json.at("rows")) {
    compared.insert(row.at("setting").get<std::string>());
    metrics.insert(row.at("metric").get<std::string>());
  }
  CHECK(compared == std::set<std::string>{"base", "short"});
  CHECK(metrics.size() == 12 + held_out_losses().size());

  const auto both = done_items(made, "train");
  CHECK(both.size() == trained.size() + 2);
  CHECK(both.at("full") == trained.at("full"));
  CHECK(done_items(made, "evaluate").size() == measured.size() + 2 * kPairs);
  REQUIRE(made.run("train", own).status == 0);
  const auto results = made.run("evaluate", rows);
  REQUIRE(results.status == 0);
  CHECK(results.out.find("sweep") == std::string::npos);
  CHECK(done_items(made, "train") == both);
  CHECK(done_items(made, "evaluate").size() == measured.size() + 2 * kPairs);

  // A changed base makes every point stale.
  Arguments changed = settings;
  changed.insert(changed.end(), {"--weight-decay", "0.1", "--dry-run"});
  CHECK_THAT(made.run("train", changed).out, Catch::Matchers::ContainsSubstring("3 of 3 items to do"));

  const auto nothing = made.run("train", made.training("full", 8, {"--sweep", "none"}));
  CHECK(nothing.status == 2);
  CHECK_THAT(nothing.err, Catch::Matchers::ContainsSubstring("nothing to compare"));
  const auto unknown = measure(made, "lost");
  CHECK(unknown.status == 2);
  CHECK_THAT(unknown.err, Catch::Matchers::ContainsSubstring("there is no sweep \"lost\""));
}

}  // namespace funcorr
