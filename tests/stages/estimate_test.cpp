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

}  // namespace funcorr
