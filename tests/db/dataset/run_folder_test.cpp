#include "db/dataset/run_folder.h"

#include <chrono>

#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {

namespace fs = std::filesystem;

TEST_CASE("what a checkpoint says of itself comes back as it was") {
  const tests::TemporaryFolder folder;
  const fs::path file = checkpoint_path(folder.path());
  const std::vector<float> values{1, 2};
  write_safetensors(file, {{"w", TensorView::of<float>(values, {2})}},
                    checkpoint_metadata({1200, R"({"steps": 5})"}));
  const CheckpointFacts facts = checkpoint_facts(SafetensorsFile(file));
  CHECK(facts.step == 1200);
  CHECK(facts.config == R"({"steps": 5})");
  CHECK(checkpoint_step(file) == 1200);
  CHECK(checkpoint_config(file) == facts.config);
  CHECK(SafetensorsFile(file).metadata().at("format") == "pt");
}

TEST_CASE("other files are no checkpoints") {
  const tests::TemporaryFolder folder;
  CHECK(checkpoint_config(folder / "absent.safetensors").empty());
  CHECK(checkpoint_config(folder.write("torn.safetensors", "abc")).empty());
  const fs::path file = folder / "other.safetensors";
  write_safetensors(file, {}, {});
  CHECK(checkpoint_config(file).empty());
  CHECK_THROWS_WITH(checkpoint_step(file), Catch::Matchers::ContainsSubstring("other.safetensors"));
}

TEST_CASE("the newest checkpoint of a run is the one that was written last") {
  const tests::TemporaryFolder folder;
  CHECK_THROWS_WITH(newest_checkpoint(folder.path()),
                    Catch::Matchers::ContainsSubstring("final.safetensors") &&
                        Catch::Matchers::ContainsSubstring("checkpoint.safetensors"));
  folder.write("final.safetensors", "");
  CHECK(newest_checkpoint(folder.path()) == final_checkpoint_path(folder.path()));
  folder.write("checkpoint.safetensors", "");
  const auto written = fs::last_write_time(final_checkpoint_path(folder.path()));
  fs::last_write_time(checkpoint_path(folder.path()), written + std::chrono::seconds(2));
  CHECK(newest_checkpoint(folder.path()) == checkpoint_path(folder.path()));
  fs::last_write_time(checkpoint_path(folder.path()), written - std::chrono::seconds(2));
  CHECK(newest_checkpoint(folder.path()) == final_checkpoint_path(folder.path()));
}

TEST_CASE("files of a run have their names") {
  CHECK(run_config_path("r") == fs::path("r/config.json"));
  CHECK(curves_path("r") == fs::path("r/curves.csv"));
  CHECK(event_file_path("r") == fs::path("r/tensorboard/events.out.tfevents.funcorr"));
  CHECK(match_picture_path("r", 1000) == fs::path("r/matches/step-00001000.png"));
  CHECK(step_of_match_picture(match_picture_path("r", 1000)) == 1000);
  CHECK(failed_batch_path("r", 7, 0) == fs::path("r/failed-step-7.safetensors"));
  CHECK(failed_batch_path("r", 7, 2) == fs::path("r/failed-step-7-process-2.safetensors"));
}

}  // namespace funcorr
