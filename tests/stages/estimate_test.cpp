// What a stage that pays is estimated at, against what it then pays.
#include <nlohmann/json.hpp>

#include "db/manifest/statistics.h"
#include "tests/catch.h"
#include "tests/stages/ground_workspace.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)
using Catch::WithinRel;

// stats_spend of a stage, summed over its categories.
double spend_column(const Workspace& workspace, const std::string& column) {
  Manifest manifest(workspace.manifest());
  double sum = 0;
  for (const nlohmann::json& row : nlohmann::json::parse(to_json(statistics(manifest, "spend"))))
    sum += row.at(column).is_null() ? 0 : row[column].get<double>();
  return sum;
}

// Of the line that begins with `name`: "expected: 96 answers by …".
double answers_in(const std::string& printed, const std::string& name) {
  const std::size_t at = printed.find(name + ": ");
  INFO(printed);
  REQUIRE(at != std::string::npos);
  return std::stod(printed.substr(at + name.size() + 2));
}

}  // namespace

TEST_CASE("What ground estimates after a first run is what the next one pays, and stats spend shows both") {
  const GroundWorkspace made;
  SimulatedServerOptions options = server_options(made.workspace);
  options.noise.malformed = 0.2;
  const RunningServer server(options);
  const std::vector<std::string> prices{"--price-in", "2", "--price-out", "10"};
  REQUIRE(made.run(server.url(), prices).status == 0);
  const double first = made.spend().cost;
  {  // the same questions in other words
    Manifest manifest(made.workspace.manifest());
    replace_category(manifest, "mug", {"pour-with"},
                     {{"mug", "body", "what holds, the wall", false, false, {"pour-with"}},
                      {"mug", "rim", "the uppermost edge", true, true, {"pour-with"}}});
  }
  const auto estimate =
      made.run("http://127.0.0.1:1/v1", {"--estimate", "--price-in", "2", "--price-out", "10"});
  INFO(estimate.err);
  CHECK(estimate.status == 0);
  const double least = GroundWorkspace::kAssets * 4 * 3 * 4;
  CHECK(answers_in(estimate.out, "at least") == least);
  CHECK(answers_in(estimate.out, "at most") == 2 * least);
  REQUIRE(made.run(server.url(), prices).status == 0);
  const double second = made.spend().cost - first;
  CHECK(second > 0);
  CHECK_THAT(spend_column(made.workspace, "estimated_cost"), WithinRel(first + second, 0.1));
  CHECK_THAT(spend_column(made.workspace, "estimated_answers"),
             WithinRel(spend_column(made.workspace, "answered"), 0.1));
  CHECK(spend_column(made.workspace, "answered") > 2 * least);  // some were asked again
}

TEST_CASE("What a provider's name and the table of prices imply is shown with where it comes from") {
  const GroundWorkspace made;
  const std::string workspace = made.workspace.root.string();
  const auto shown =
      run(GroundWorkspace::program(), {"--workspace", workspace, "--provider", "openai", "--model",
                                       "gpt-5-mini", "--top-p", "0.5", "--print-config"});
  INFO(shown.out << shown.err);
  CHECK(shown.status == 0);
  for (const char* line : {"servers = [\"https://api.openai.com/v1\"]", "temperature = \"none\"",
                           "top_p = 0.5", "# preset, provider openai", "# preset, prices.json of 2"})
    CHECK(shown.out.find(line) != std::string::npos);
  const auto estimate = run(GroundWorkspace::program(), {"--workspace", workspace, "--provider", "openai",
                                                         "--model", "gpt-5-mini", "--estimate"});
  INFO(estimate.out << estimate.err);
  CHECK(estimate.status == 0);
  CHECK(estimate.out.find("prices: 0.25 per million tokens in") != std::string::npos);
  CHECK(estimate.out.find("by prices.json of 2") != std::string::npos);
  const auto unbounded = made.run("http://127.0.0.1:1/v1", {"--budget", "5"});
  CHECK(unbounded.status == 2);
  CHECK(unbounded.err.find("price_in and price_out") != std::string::npos);
}

TEST_CASE("A model that refuses sampling is asked without it, at the server that it is") {
  const GroundWorkspace made;
  SimulatedServerOptions options = server_options(made.workspace);
  options.habits = {"top_p"};
  const RunningServer server(options);
  CHECK(made.run(server.url(), {"--temperature", "none", "--top-p", "none"}).status == 0);
  CHECK(made.spend().answered > 0);
}

}  // namespace funcorr
