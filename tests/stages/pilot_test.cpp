// The stage ground with a model that answers in another form than was thought: little is bought, and what was
// is read again.
#include "db/manifest/pilot.h"

#include <algorithm>

#include "db/format/image.h"
#include "tests/catch.h"
#include "tests/labeling/client/scripted_server.h"
#include "tests/stages/ground_workspace.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)

constexpr std::int64_t kAllAnswers = GroundWorkspace::kAssets * 4 * 3 * 4;

SimulatedServerOptions spelling(const Workspace& workspace, const std::string& format) {
  SimulatedServerOptions options = server_options(workspace);
  options.box_format = format;
  return options;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::size_t boxes_of_all(const GroundWorkspace& made) { return made.boxes().size(); }

}  // namespace

TEST_CASE("A wrong box format is found by the pilot, and costs no more") {
  const GroundWorkspace made;
  const RunningServer server(spelling(made.workspace, "qwen3-vl"));
  const auto ran = made.run(server.url(), {"--price-in", "1", "--price-out", "1"});
  INFO(ran.out << ran.err);
  CHECK(ran.status == 3);
  CHECK(server.bill().requests == 24);
  CHECK(boxes_of_all(made) == 0);
  CHECK(has(ran.err, "0 of its 96 answers"));
  CHECK(has(ran.err, "bbox_2d"));
  CHECK(has(ran.err, "\"qwen3-vl\" 96"));
  CHECK(has(ran.err, "they cost 0.0"));
  const auto picture = made.workspace.root / "pilot" / "ground.png";
  CHECK(has(ran.err, picture.string()));
  CHECK(load_image8(picture).width > 1000);

  // The same words, read otherwise: nothing is bought again.
  const std::string prompt = (data_file("prompt") / "ground.prompt").string();
  CHECK(has(ran.err, prompt));
  const auto again = made.run(server.url(), {"--box-format", "qwen3-vl", "--prompt", prompt});
  INFO(again.out << again.err);
  CHECK(again.status == 0);
  CHECK(server.bill().repeated_answers == 0);
  CHECK(server.bill().answers == kAllAnswers);
  CHECK(boxes_of_all(made) == kAllAnswers);
}

TEST_CASE("A pilot may be switched off, and the guard then stops what it would have") {
  const GroundWorkspace made;
  const RunningServer server(spelling(made.workspace, "qwen3-vl"));
  const auto ran = made.run(server.url(), {"--pilot", "0", "--guard", "100", "--concurrency", "1"});
  INFO(ran.out << ran.err);
  CHECK(ran.status == 3);
  CHECK(has(ran.err, "that were bought, none holds"));
  CHECK(server.bill().answers >= 100);
  CHECK(server.bill().answers <= 112);  // with what was in flight
  CHECK(has(ran.err, "\"qwen3-vl\" 1"));
  const auto unguarded =
      made.run(server.url(), {"--pilot", "0", "--guard", "0", "--max-attempts-per-view", "4"});
  CHECK(unguarded.status == 0);
}

TEST_CASE("A pilot that passed is not made again, also not of what is new") {
  const GroundWorkspace made;
  const RunningServer server(server_options(made.workspace));
  REQUIRE(made.run(server.url(), {"--limit", "7"}).status == 0);
  Manifest manifest(made.workspace.manifest());
  CHECK(Items(manifest, "ground").counts()[ItemState::kDone] == 7);
  CHECK(Items(manifest, "ground").counts()[ItemState::kPending] == 1);
  {
    RunningServer another(spelling(made.workspace, "qwen3-vl"));
    CHECK(made.run(another.url()).status == 0);  // no pilot: nobody complains
  }
  CHECK(Items(manifest, "ground").counts()[ItemState::kDone] == 8);
}

TEST_CASE("Part by part by hand: a limit") {
  const GroundWorkspace made;
  const RunningServer server(server_options(made.workspace));
  const auto ran = made.run(server.url(), {"--limit", "2", "--batch-items", "1"});
  INFO(ran.out << ran.err);
  CHECK(ran.status == 0);
  CHECK(has(ran.out, "2 done"));
  const auto rest = made.run(server.url());
  CHECK(has(rest.out, "6 done"));
  CHECK(server.bill().answers == kAllAnswers);
}

TEST_CASE("A thinking model against too few tokens is stopped by the pilot") {
  const GroundWorkspace made;
  std::atomic<int> requests = 0;
  const ScriptedServer server([&](const httplib::Request& request, httplib::Response& response) {
    ++requests;
    auto answer = completion(std::vector<std::string>(
        nlohmann::json::parse(request.body).value("n", std::size_t{1}), "First I look at the"));
    for (auto& choice : answer["choices"]) choice["finish_reason"] = "length";
    reply(response, answer);
  });
  const auto ran = made.run(server.url());
  INFO(ran.err);
  CHECK(ran.status == 3);
  CHECK(requests == 24);
  CHECK(has(ran.err, "96 cut by max_tokens = 256"));
  CHECK(has(ran.err, "raise max_tokens"));
}

TEST_CASE("The pilot goes by the batch transport too, in a batch of its own") {
  const GroundWorkspace made;
  const RunningServer server(spelling(made.workspace, "qwen3-vl"));
  const auto ran = made.run(server.url(), {"--transport", "batch", "--batch-poll-s", "0.1"});
  INFO(ran.out << ran.err);
  CHECK(ran.status == 3);
  CHECK(server.bill().batches == 1);
  CHECK(server.bill().requests == 24);
}

TEST_CASE("The box format is found by itself, and kept") {
  const GroundWorkspace made;
  const RunningServer server(spelling(made.workspace, "qwen3-vl"));
  const auto ran = made.run(server.url(), {"--box-format", "auto"});
  INFO(ran.out << ran.err);
  REQUIRE(ran.status == 0);
  CHECK(has(ran.err + ran.out, "reads this model's answers as qwen3-vl"));
  CHECK(server.bill().answers == kAllAnswers);
  CHECK(server.bill().repeated_answers == 0);
  CHECK(boxes_of_all(made) == kAllAnswers);
  const auto again = made.run(server.url(), {"--box-format", "auto"});
  CHECK(again.status == 0);
  CHECK(has(again.out, "8 up to date"));
  CHECK(server.bill().answers == kAllAnswers);
}

}  // namespace funcorr
