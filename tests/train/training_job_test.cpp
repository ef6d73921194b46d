#include "train/distributed/training_job.h"

#include "db/dataset/run_folder.h"
#include "db/dataset/shard.h"
#include "db/format/random.h"
#include "tests/catch.h"
#include "tests/db/dataset/shards.h"
#include "tests/temporary_folder.h"
#include "train/distributed/training_processes.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// A workspace of three packed objects, one of them held out.
struct Packed {
  tests::TemporaryFolder folder;
  Workspace workspace{folder.path()};
  TrainingData data{{"aa", "bb"}, {"cc"}, false, "0123"};
  TrainingPlan plan;

  Packed() {
    for (const std::string uid : {"aa", "bb", "cc"}) {
      fs::create_directories(workspace.shard(uid).parent_path());
      tests::MadeObject object;
      object.category = "tool " + uid;
      write_shard(workspace.shard(uid), tests::make_content(uid, object, static_cast<std::uint64_t>(uid[0])));
    }
    plan.config.model.head = {16, 24, 8, true};
    plan.config.model.text.dimension = 4;
    plan.config.batch = {4, 2, 16};
    plan.config.steps = 6;
    plan.config.log_every = 3;
    plan.config.validation_every = 0;
    plan.resources.device.name = "cpu";
  }
  TrainingJob job(const std::string& run, std::uint64_t seed = 5) const {
    return training_job(workspace, parse_runs({run}).front(), plan, data, seed);
  }
};

StartProcess nobody() {
  return [](const std::vector<std::string>&) -> std::unique_ptr<StartedProcess> {
    throw std::runtime_error("no others here");
  };
}

}  // namespace

TEST_CASE("training job: the plan as the run changes it, on the shards' functions") {
  Packed packed;
  const TrainingJob job = packed.job("mine=spatial:steps=7");
  CHECK(job.run == "mine");
  CHECK((job.config.functional_loss == FunctionalLoss::kNone));
  CHECK(job.config.steps == 7);
  CHECK((job.config.model.functions == std::vector<std::string>{"cut-with", "pull-with", "push-with"}));
  CHECK(job.config.data_fingerprint == "0123");
  CHECK(job.config.backgrounds);
  CHECK(job.config.seed == item_seed(5, "train", "spatial"));  // by its kind, not its name
  CHECK(packed.job("mine=spatial:seed=3").config.seed == 3);
  CHECK(packed.job("mine", 6).config.seed == item_seed(6, "train", "full"));

  packed.data.stored_features = true;  // which have backgrounds of their own
  CHECK_FALSE(packed.job("full").config.backgrounds);
  CHECK(training_files(packed.job("full")).features("aa") == packed.workspace.features("aa"));
}

TEST_CASE("training job: other processes get all of it as JSON") {
  const Packed packed;
  TrainingJob job = packed.job("full:cooldown=0.5");
  job.resources.processes = 3;
  const TrainingJob again = json::parse(json(job).dump()).get<TrainingJob>();
  CHECK(json(again).dump() == json(job).dump());
  CHECK(again.config.cooldown == 0.5);
  CHECK(again.resources.processes == 3);
  CHECK((again.held_out == std::vector<std::string>{"cc"}));
}

TEST_CASE("training processes: one alone tells its run's row at every point and at the end") {
  const Packed packed;
  TrainingProcesses processes({}, nobody());
  std::vector<Run> rows;
  const RunOutcome outcome =
      processes.train(packed.job("full"), {}, [&](const Run& run) { rows.push_back(run); });
  CHECK((outcome.end == RunOutcome::End::kFinished));
  REQUIRE(rows.size() == 4);
  CHECK((rows[0].state == RunState::kRunning));
  CHECK(rows[0].step == 0);
  CHECK(rows[1].step == 3);
  CHECK(rows[2].loss > 0);
  CHECK((rows[3].state == RunState::kDone));
  CHECK(rows[3].checkpoint == "train/runs/full/final.safetensors");
  CHECK(fs::exists(packed.workspace.root / rows[3].checkpoint));
  CHECK(json::parse(rows[3].config_json).get<TrainingConfig>().steps == 6);

  // Killed before it was told that the run had ended: there is no step left, and its row is the same.
  const Run whole = rows.back();
  CHECK((processes.train(packed.job("full"), {}, [&](const Run& run) { rows.push_back(run); }).end ==
         RunOutcome::End::kFinished));
  CHECK((rows.back().state == RunState::kDone));
  CHECK(rows.back().step == whole.step);
  CHECK(rows.back().loss == whole.loss);
}

TEST_CASE("training processes: how a run ends without an end") {
  Packed packed;
  TrainingProcesses processes({}, nobody());
  Run last;
  const auto keep = [&](const Run& run) { last = run; };
  SECTION("stopped: its row stays as it is") {
    TrainingHooks hooks;
    hooks.stop_requested = [] { return true; };
    CHECK((processes.train(packed.job("full"), hooks, keep).end == RunOutcome::End::kStopped));
    CHECK((last.state == RunState::kRunning));
  }
  SECTION("diverged: with the batch that did it") {
    packed.plan.config.loss_limit = 1e-3;
    const RunOutcome outcome = processes.train(packed.job("full"), {}, keep);
    CHECK((outcome.end == RunOutcome::End::kDiverged));
    CHECK_THAT(outcome.error, Catch::Matchers::ContainsSubstring("funcorr-train --replay"));
    CHECK_FALSE(outcome.others_are_lost);
    CHECK((last.state == RunState::kFailed));
  }
  SECTION("one that cannot be trained: what train_model throws") {
    packed.plan.config.model.backbone.kind = "resnet";
    CHECK_THROWS_WITH(processes.train(packed.job("full"), {}, keep),
                      Catch::Matchers::ContainsSubstring("resnet"));
    CHECK((last.state == RunState::kFailed));
  }
  SECTION("others that do not start: lost") {
    packed.plan.resources.processes = 2;
    const RunOutcome outcome = processes.train(packed.job("full"), {}, keep);
    CHECK((outcome.end == RunOutcome::End::kFailed));
    CHECK(outcome.error == "no others here");
    CHECK(outcome.others_are_lost);
    CHECK((last.state == RunState::kFailed));
  }
}

}  // namespace funcorr
