// The stage ground against the simulated server: boxes from the truth, nothing bought twice, killed or not.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "db/manifest/ledger.h"
#include "db/manifest/taxonomy.h"
#include "tests/catch.h"
#include "tests/pipeline/program.h"
#include "tests/stages/ground_workspace.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)
using Running = RunningServer;
constexpr int kAssets = GroundWorkspace::kAssets;
constexpr auto uid_of = GroundWorkspace::uid_of;

}  // namespace

TEST_CASE("Ground stores the boxes of every view that shows something, the small part's twice") {
  const GroundWorkspace made;
  const Running server(server_options(made.workspace));
  const auto ran = made.run(server.url());
  INFO(ran.out << ran.err);
  REQUIRE(ran.status == 0);
  Manifest manifest(made.workspace.manifest());
  for (int i = 0; i < kAssets; ++i) {
    const auto body = boxes_of(manifest, uid_of(i), "body"), rim = boxes_of(manifest, uid_of(i), "rim");
    REQUIRE(body.size() == 4 * 4);
    REQUIRE(rim.size() == 2 * 4 * 4);
    for (const auto& boxes : {body, rim})
      for (const Box& box : boxes) {
        INFO(box.part << " view " << box.view << " pass " << box.pass);
        CHECK(box.flag == BoxFlag::kNone);
        CHECK(box.view < 4);
        CHECK(box.request_id > 0);
        const bool is_rim = box.part == "rim";
        CHECK(std::abs(box.pixels.x1 - (30 + box.view)) <= 1);
        CHECK(std::abs(box.pixels.y1 - (is_rim ? 20 : 30)) <= 1);
        CHECK(std::abs(box.pixels.x2 - (59 + box.view)) <= 1);
        CHECK(std::abs(box.pixels.y2 - (is_rim ? 29 : 79)) <= 1);
      }
  }
  const Ledger::Spend spend = made.spend();
  CHECK(spend.answered == kAssets * 4 * 3 * 4);
  CHECK(server.bill().answers == spend.answered);
  CHECK(server.bill().billed_requests == spend.calls);
}

TEST_CASE("What was answered is never bought again, but a changed question is, and only that") {
  const GroundWorkspace made;
  const Running server(server_options(made.workspace));
  REQUIRE(made.run(server.url()).status == 0);
  const auto boxes = made.boxes();
  const auto bought = server.bill().answers;
  CHECK(made.run(server.url()).status == 0);
  CHECK(made.run(server.url(), {"--force"}).status == 0);
  CHECK(server.bill().answers == bought);
  CHECK(made.boxes() == boxes);

  {
    Manifest manifest(made.workspace.manifest());
    replace_category(manifest, "mug", {"pour-with"},
                     {{"mug", "body", "the wall", false, false, {"pour-with"}},
                      {"mug", "rim", "the upper edge", true, true, {"pour-with"}}});
  }
  const auto again = made.run(server.url());
  CHECK(again.status == 0);
  CHECK(server.bill().answers == bought + kAssets * 4 * 4);
  CHECK(server.bill().repeated_answers == 0);
}

TEST_CASE("Through faults and noise every item ends, and the ledger's bill is the server's") {
  const GroundWorkspace made;
  SimulatedServerOptions options = server_options(made.workspace);
  options.noise = {0.05, 0.1, 0.1, 0.1, 0.2};
  options.faults.too_many_requests = 0.1;
  options.faults.server_error = 0.05;
  options.faults.drop = 0.03;
  options.faults.retry_after_seconds = 0;
  const Running server(options);
  const auto ran = made.run(server.url());
  INFO(ran.out << ran.err);
  REQUIRE(ran.status == 0);
  const Ledger::Spend spend = made.spend();
  const SimulatedBill bill = server.bill();
  CHECK(bill.repeated_answers > 0);  // the dropped ones, asked again
  // A cut-off answer is a failed one that was billed.
  CHECK(spend.billed_calls == bill.billed_requests);
  CHECK(spend.answered < bill.answers);
  CHECK(spend.tokens_out <= bill.completion_tokens);
}

TEST_CASE(
    "A killed ground goes on where it was, buys nothing twice but what was in doubt, and ends the same") {
  const GroundWorkspace undisturbed;
  std::vector<std::string> expected;
  {
    SimulatedServerOptions options = server_options(undisturbed.workspace);
    options.noise = {0.05, 0.1, 0.1, 0.1, 0.2};
    const Running server(options);
    REQUIRE(undisturbed.run(server.url()).status == 0);
    expected = undisturbed.boxes();
  }
  const GroundWorkspace made;
  SimulatedServerOptions options = server_options(made.workspace);
  options.noise = {0.05, 0.1, 0.1, 0.1, 0.2};
  options.faults.latency_seconds = 0.05;
  const Running server(options);
  CHECK(made.kill_again_and_again(server, 12, 1, 2, {"--concurrency", "4"}) > 0);
  const auto last = made.run(server.url());
  INFO(last.out << last.err);
  REQUIRE(last.status == 0);
  CHECK(made.boxes() == expected);
  const Ledger::Spend spend = made.spend();
  const SimulatedBill bill = server.bill();
  CHECK(bill.repeated_answers <= spend.in_doubt);
  CHECK(bill.answers <= spend.answered + spend.in_doubt);
  CHECK(bill.answers >= spend.answered);
}

TEST_CASE("Ground says plainly what is wrong: server, key, model, prompt") {
  const GroundWorkspace made;
  const auto refused = [&](const std::vector<std::string>& more, int status, const std::string& says) {
    const auto ran = made.run("http://127.0.0.1:1/v1", more);
    INFO(ran.err);
    CHECK(ran.status == status);
    CHECK(ran.err.find(says) != std::string::npos);
  };
  refused({"--api-key-variable", "FUNCORR_TEST_NO_SUCH_KEY"}, 2, "FUNCORR_TEST_NO_SUCH_KEY");
  refused({"--server-weights", "1,2"}, 2, "server_weights");
  refused({"--prompt", "/nowhere/p.prompt"}, 2, "/nowhere/p.prompt");
  refused({"--box-format", "cogvml"}, 2, "cogvlm");

  SimulatedServerOptions options = server_options(made.workspace);
  options.model = "another";
  const Running server(options);
  const auto ran = made.run(server.url(), {"--max-attempts", "1"});
  INFO(ran.err);
  CHECK(ran.status == 3);  // no request can be answered: the run ends at the third
  CHECK(ran.err.find("model_not_found") != std::string::npos);
  CHECK(ran.err.find("/models lists the models") != std::string::npos);
  const auto estimate = made.run("http://127.0.0.1:1/v1", {"--estimate", "--price-in", "1"});
  INFO(estimate.out);
  CHECK(estimate.status == 0);
  CHECK(estimate.out.find("8 parts of 4 assets") != std::string::npos);
}

}  // namespace funcorr
