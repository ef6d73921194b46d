// The stages features and train as they are started, on packed shards.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "db/dataset/crop.h"
#include "db/format/image.h"
#include "db/format/random.h"
#include "db/manifest/evaluation.h"
#include "tests/catch.h"
#include "tests/stages/packed_workspace.h"
#include "train/distributed/training_processes.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using tests::PackedWorkspace;
using Arguments = std::vector<std::string>;

// The columns of a run's curves, row by row; NaN where a cell is empty.
std::vector<double> curve_values(const fs::path& csv) {
  std::istringstream lines(tests::read_text(csv));
  std::vector<double> values;
  std::string line, cell;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream cells(line + ",");
    while (std::getline(cells, cell, ',')) values.push_back(cell.empty() ? NAN : std::stod(cell));
  }
  return values;
}

// Rows below the header.
std::size_t curve_rows(const fs::path& csv) {
  const std::string text = tests::read_text(csv);
  const auto lines = std::count(text.begin(), text.end(), '\n');
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(lines - 1, 0));
}

Arguments as_process(int rank, int port, const std::string& program, const Arguments& arguments) {
  Arguments all{"RANK=" + std::to_string(rank), "WORLD_SIZE=2", "MASTER_ADDR=127.0.0.1",
                "MASTER_PORT=" + std::to_string(port), program};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

}  // namespace

TEST_CASE("train: a run that is killed again and again gives the bytes of an undisturbed one") {
  const PackedWorkspace killed, whole;
  for (const PackedWorkspace* made : {&killed, &whole}) {
    const auto stored = made->run("features", made->arguments({"--store", "--device", "cpu"}));
    INFO(stored.err);
    REQUIRE(stored.status == 0);
  }
  const auto undisturbed = whole.run("train", whole.training("full", 400));
  INFO(undisturbed.err);
  REQUIRE(undisturbed.status == 0);

  const fs::path run = killed.workspace.run("full");
  const Arguments frequent = killed.training("full", 400, {"--checkpoint-every", "10"});
  Random random(5);
  for (std::uint64_t kills = 0; kills < 4; ++kills) {
    tests::Program program(PackedWorkspace::program("train"), frequent);
    const std::uint64_t rows = 10 * kills + 3 + random.below(7);
    REQUIRE(tests::wait_until([&] { return curve_rows(run / "curves.csv") >= rows; }, 300));
    std::this_thread::sleep_for(std::chrono::milliseconds(random.below(30)));
    program.kill(SIGKILL);
    REQUIRE(program.wait() == -SIGKILL);
    REQUIRE_FALSE(fs::exists(run / "final.safetensors"));
  }
  REQUIRE(fs::exists(run / "checkpoint.safetensors"));
  const auto resumed = killed.run("train", frequent);
  INFO(resumed.err);
  REQUIRE(resumed.status == 0);
  CHECK(resumed.err.find("goes on at step") != std::string::npos);
  for (const char* file : {"final.safetensors", "curves.csv", "config.json"}) {
    INFO(file);
    CHECK((tests::read_text(run / file) == tests::read_text(whole.workspace.run("full") / file)));
  }
  Manifest manifest(killed.workspace.manifest());
  const std::vector<Run> rows = all_runs(manifest);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].state == RunState::kDone);
  CHECK(rows[0].step == 400);
  CHECK(killed.run("train", killed.training("full", 400, {"--dry-run"})).out.find("0 of 1 items to do") !=
        std::string::npos);
}

// The losses of two runs of one config differ by the order of their sums alone: a float32 sum of some hundred
// terms of about 1 is good to 1e-5, and 8 steps of AdamW at a rate of 0.001 carry it on.
void check_equal_curves(const fs::path& expected_csv, const fs::path& found_csv) {
  const auto expected = curve_values(expected_csv), found = curve_values(found_csv);
  REQUIRE(expected.size() == 19 * 2);
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (std::isnan(expected[i]))
      CHECK(std::isnan(found[i]));
    else
      CHECK_THAT(found[i], Catch::WithinAbs(expected[i], 1e-4));
  }
}

TEST_CASE("train: two processes give the losses of one") {
  const PackedWorkspace alone, together, launched;
  const auto single = alone.run("train", alone.training("full,spatial", 8));
  INFO(single.err);
  REQUIRE(single.status == 0);

  SECTION("started by it") {
    const auto both = together.run("train", together.training("full,spatial", 8, {"--processes", "2"}));
    INFO(both.err);
    REQUIRE(both.status == 0);
    for (const char* run : {"full", "spatial"})
      check_equal_curves(alone.workspace.run(run) / "curves.csv", together.workspace.run(run) / "curves.csv");
  }
  SECTION("started by a launcher") {
    const int port = free_port();
    const std::string program = PackedWorkspace::program("train");
    const Arguments arguments = launched.training("full", 8);
    tests::Program second("/usr/bin/env", as_process(1, port, program, arguments));
    tests::Program first("/usr/bin/env", as_process(0, port, program, arguments));
    const int status = first.wait();
    INFO(first.err() << second.err());
    REQUIRE(status == 0);
    REQUIRE(second.wait() == 0);
    check_equal_curves(alone.workspace.run("full") / "curves.csv",
                       launched.workspace.run("full") / "curves.csv");
  }
}

TEST_CASE("train: held-out ground-truth pairs are measured and drawn at every validation") {
  const PackedWorkspace made;
  made.add_pair_with_itself("self");
  const auto trained = made.run("train", made.training("full-no-mask", 12));
  INFO(trained.err);
  REQUIRE(trained.status == 0);
  const fs::path run = made.workspace.run("full-no-mask");
  std::ifstream csv(run / "curves.csv");
  std::string header;
  std::getline(csv, header);
  CHECK(
      header.ends_with("held_out_transfer.distance,held_out_transfer.pck@10,held_out_discovery.f1@10,"
                       "held_out_discovery.ap@10"));
  const auto values = curve_values(run / "curves.csv");
  const std::size_t columns = values.size() / 3;
  CHECK(std::isnan(values[columns - 1]));  // step 4
  for (const std::size_t row : std::vector<std::size_t>{1, 2}) {
    CHECK(values[(row + 1) * columns - 4] < 0.01);
    CHECK(values[(row + 1) * columns - 3] > 0.99);
    CHECK(values[(row + 1) * columns - 1] > 0.5);
  }
  for (const char* picture : {"matches/step-00000008.png", "matches/step-00000012.png"})
    CHECK(load_image8(run / picture).height == 2 * kCropSize);
}

TEST_CASE("train: two processes that are stopped go on where they were") {
  const PackedWorkspace made;
  const Arguments arguments = made.training("full", 4000, {"--processes", "2"});
  const fs::path run = made.workspace.run("full");
  tests::Program program(PackedWorkspace::program("train"), arguments);
  REQUIRE(tests::wait_until([&] { return curve_rows(run / "curves.csv") > 0; }, 300));
  program.kill(SIGTERM);
  CHECK(program.wait() == 130);
  const std::size_t rows = curve_rows(run / "curves.csv");
  const auto resumed =
      made.run("train", made.training("full", static_cast<int>(4 * rows + 4), {"--processes", "2"}));
  INFO(resumed.err);
  CHECK(resumed.status == 0);
  CHECK(resumed.err.find("goes on at step") != std::string::npos);
  CHECK(curve_rows(run / "curves.csv") == rows + 1);
}

TEST_CASE("train: with the first process, the others are killed") {
  const PackedWorkspace made;
  const fs::path run = made.workspace.run("full");
  tests::Program program(PackedWorkspace::program("train"),
                         made.training("full", 4000, {"--processes", "2"}));
  REQUIRE(tests::wait_until([&] { return curve_rows(run / "curves.csv") > 0; }, 300));
  const std::vector<pid_t> others = program.children();
  REQUIRE(others.size() == 1);
  program.kill(SIGKILL);
  program.wait();
  // Ended, whether or not anybody has asked for its exit status.
  const auto has_ended = [&] {
    std::ifstream stat("/proc/" + std::to_string(others[0]) + "/stat");
    std::string pid, name, state;
    return !(stat >> pid >> name >> state) || state == "Z";
  };
  CHECK(tests::wait_until(has_ended));
}

TEST_CASE("train: processes whose batches do not divide, or that are alone, stop with the reason") {
  const PackedWorkspace made;
  const Arguments uneven = made.training("full", 4, {"--spatial-pairs", "3", "--processes", "2"});
  const auto refused = made.run("train", uneven);
  CHECK(refused.status == 3);
  CHECK_THAT(refused.err, Catch::Matchers::ContainsSubstring("spatial_pairs = 3 does not divide into 2"));
  const auto lost = tests::run("/usr/bin/env", {"WORLD_SIZE=2", PackedWorkspace::program("train")});
  CHECK(lost.status == 3);
  CHECK_THAT(lost.err, Catch::Matchers::ContainsSubstring("WORLD_SIZE is set without RANK"));
}

}  // namespace funcorr
