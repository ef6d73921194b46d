// Servers as people meet them, each habit by itself: ground gets its boxes, or stops before it has paid for
// nothing, and says why.
#include "tests/catch.h"
#include "tests/stages/ground_workspace.h"
#include "tests/stages/running_server.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)
using Catch::Matchers::ContainsSubstring;

SimulatedServerOptions with_habit(const GroundWorkspace& made, const std::string& habit) {
  SimulatedServerOptions options = server_options(made.workspace);
  options.habits = {habit};
  return options;
}

}  // namespace

TEST_CASE("Ground gets its boxes from servers with other habits, and not one from a thought") {
  const std::string habit = GENERATE("gzip", "ignores_n", "number_200", "one_choice", "sse", "think",
                                     "think_parts", "think_unopened");
  INFO(habit);
  const GroundWorkspace made;
  const RunningServer server(with_habit(made, habit));
  const Ran ran = made.run(server.url());
  INFO(ran.err);
  CHECK(ran.status == 0);
  const auto spend = made.spend();
  CHECK(spend.answered > 0);
  CHECK(spend.in_doubt == 0);
  CHECK(spend.tokens_in == server.bill().prompt_tokens);
  CHECK(spend.tokens_out == server.bill().completion_tokens);
  const std::vector<std::string> boxes = made.boxes();
  CHECK(boxes.size() >= 32);  // two parts of four assets in four views
  for (const std::string& box : boxes)
    CHECK_THAT(box, !ContainsSubstring(" 0,0,96,96 "));  // what the thought says first: the whole picture
}

TEST_CASE("Ground stops where no request can be of use, says what to change, and has paid nothing") {
  struct Row {
    const char *habit, *kind, *words;
  };
  const Row row = GENERATE(Row{"no_model", "not_found", "/models lists the models"},
                           Row{"no_path", "not_found", "POST http://127.0.0.1"},
                           Row{"context", "context_length_exceeded", "too long for the model"},
                           Row{"html", "useless_answers", "text/html"},
                           Row{"error_200", "useless_answers", "Unexpected endpoint"});
  INFO(row.habit);
  const GroundWorkspace made;
  const RunningServer server(with_habit(made, row.habit));
  const Ran ran = made.run(server.url(), {"--price-in", "1", "--price-out", "1"});
  INFO(ran.err);
  CHECK(ran.status == 3);
  CHECK_THAT(ran.err, ContainsSubstring(row.words));
  CHECK(server.bill().requests <= 64 + 16);  // what was under way, not every attempt of every view
  CHECK(made.spend().cost == 0);
}

TEST_CASE("Answers that cannot be decoded stop the run") {
  const GroundWorkspace made;
  const RunningServer server(with_habit(made, "bad_encoding"));
  const Ran ran = made.run(server.url());
  INFO(ran.err);
  CHECK(ran.status == 3);
  CHECK_THAT(ran.err, ContainsSubstring("of no use"));
}

TEST_CASE("A flagged picture fails its own part alone") {
  const GroundWorkspace made;
  const RunningServer server(with_habit(made, "moderated"));
  const Ran ran = made.run(server.url());
  INFO(ran.err);
  CHECK(ran.status == 1);
  CHECK(made.spend().answered > 0);
  CHECK_THAT(ran.err, ContainsSubstring("flagged"));
}

TEST_CASE("Ground asks Anthropic's API by its own messages, at once and in batches") {
  setenv("FUNCORR_TEST_ANTHROPIC_KEY", "key-of-the-test", 1);
  const std::string transport = GENERATE("http", "batch");
  INFO(transport);
  const GroundWorkspace made;
  SimulatedServerOptions options = server_options(made.workspace);
  options.api_key = "key-of-the-test";
  const RunningServer server(options);
  const Ran ran =
      made.run(server.url(), {"--provider", "anthropic", "--api-key-variable", "FUNCORR_TEST_ANTHROPIC_KEY",
                              "--transport", transport, "--batch-poll-s", "0.05", "--pilot", "0"});
  INFO(ran.err);
  CHECK(ran.status == 0);
  CHECK(made.boxes().size() >= 32);
  CHECK(made.spend().in_doubt == 0);
  CHECK(made.spend().answered == server.bill().answers);
}

}  // namespace funcorr
