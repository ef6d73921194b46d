// What a stage that pays is estimated at, by hand, and against what it then pays.
#include "labeling/asking/estimate.h"

#include <nlohmann/json.hpp>

#include "db/manifest/statistics.h"
#include "tests/catch.h"
#include "tests/stages/ground_workspace.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)
using Catch::WithinAbs;
using Catch::WithinRel;

Provider provider_of(int max_n) {
  Provider provider;
  provider.servers = {{"http://a/v1"}, {"http://b/v1"}};
  provider.limits.concurrency = 5;
  provider.max_n = max_n;
  return provider;
}

AskingPlan plan_of(std::map<std::string, AskingNeed> need) {
  AskingPlan plan;
  plan.tokens_in = 1000;
  plan.tokens_out = 10;
  plan.need = std::move(need);
  return plan;
}

// stats_spend of a stage, summed over its categories.
double spend_column(const Workspace& workspace, const std::string& column) {
  Manifest manifest(workspace.manifest());
  double sum = 0;
  for (const nlohmann::json& row : nlohmann::json::parse(to_json(statistics(manifest, "spend"))))
    sum += row.at(column).is_null() ? 0 : row[column].get<double>();
  return sum;
}

// Of the line that begins with `name`: "likely: 96 answers by …".
double answers_in(const std::string& printed, const std::string& name) {
  const std::size_t at = printed.find(name + ": ");
  INFO(printed);
  REQUIRE(at != std::string::npos);
  return std::stod(printed.substr(at + name.size() + 2));
}

}  // namespace

TEST_CASE("Without earlier answers an estimate is made of guesses") {
  const AskingPlan plan = plan_of({{"mug", {40, 80, 0}}, {"axe", {20, 100, 0}}});
  const AskingFigures least = asking_figures(plan, {}, provider_of(4), {2, 10}, AskingBound::kLeast);
  CHECK(least.answers == 60);
  CHECK(least.requests == 15);
  CHECK(least.tokens_in == 15'000);
  CHECK(least.tokens_out == 600);
  CHECK_THAT(least.money, WithinRel(1e-6 * (2 * 15'000 + 10 * 600), 1e-9));
  CHECK_THAT(least.hours, WithinRel(15 * 2.0 / 10 / 3600, 1e-9));  // 2 s a request in 10 slots
  CHECK(asking_figures(plan, {}, provider_of(4), {2, 10}, AskingBound::kMost).answers == 180);
  Provider limited = provider_of(4);
  limited.limits.tokens_per_minute = 5200;
  CHECK_THAT(asking_figures(plan, {}, limited, {}, AskingBound::kLeast).hours, WithinRel(3.0 / 60, 1e-9));
  limited.limits.requests_per_minute = 1;
  CHECK_THAT(asking_figures(plan, {}, limited, {}, AskingBound::kLeast).hours, WithinRel(0.25, 1e-9));
  limited.transport = Transport::kBatch;
  CHECK_THAT(asking_figures(plan, {}, limited, {2, 10}, AskingBound::kLeast).money,
             WithinRel(0.5 * least.money, 1e-9));
}

TEST_CASE("Earlier answers of a category, else of the stage, take the place of guesses") {
  // Mugs took 150 answers where 100 were needed, by 50 calls of 600 tokens in and 60 out.
  const std::map<std::string, PastAnswers> past{{"mug", {150, 50, 30'000, 3'000, 0.1, 25}}};
  const AskingPlan plan = plan_of({{"mug", {40, 80, 100}}, {"axe", {20, 24, 0}}});
  const AskingFigures likely = asking_figures(plan, past, provider_of(1), {}, AskingBound::kLikely);
  CHECK_THAT(likely.answers, WithinAbs(40 * 1.5 + 20 * 1.2, 1e-9));  // the axe's: no more than allowed
  CHECK_THAT(likely.requests, WithinAbs(likely.answers / 3, 1e-9));
  CHECK_THAT(likely.tokens_in, WithinAbs(likely.answers * 200, 1e-6));
  CHECK_THAT(likely.tokens_out, WithinAbs(likely.answers * 20, 1e-6));
  CHECK_THAT(likely.hours, WithinRel(likely.requests * 0.5 / 10 / 3600, 1e-9));
  CHECK(asking_figures(plan, past, provider_of(1), {}, AskingBound::kLeast).answers == 60);
}

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
