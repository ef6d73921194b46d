// What asking is estimated at, by hand.
#include "labeling/asking/estimate.h"

#include <utility>

#include "tests/catch.h"

namespace funcorr {
namespace {

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

}  // namespace

TEST_CASE("Without earlier answers an estimate is made of guesses") {
  const AskingPlan plan = plan_of({{"mug", {40, 80, 0}}, {"axe", {20, 100, 0}}});
  const AskingFigures least = asking_figures(plan, {}, provider_of(4), {2, 10}, AskingBound::kLeast);
  CHECK(least.answers == 60);
  CHECK(least.requests == 15);
  CHECK(least.tokens_in == 0);  // nobody said what a request takes at the least
  CHECK_THAT(least.hours, WithinRel(15 * 2.0 / 10 / 3600, 1e-9));  // 2 s a request in 10 slots
  const AskingFigures likely = asking_figures(plan, {}, provider_of(4), {2, 10}, AskingBound::kLikely);
  CHECK(likely.tokens_in == 15'000);
  CHECK(likely.tokens_out == 600);
  CHECK_THAT(likely.money, WithinRel(1e-6 * (2 * 15'000 + 10 * 600), 1e-9));
  CHECK(asking_figures(plan, {}, provider_of(4), {2, 10}, AskingBound::kMost).answers == 180);
  Provider limited = provider_of(4);
  limited.limits.tokens_per_minute = 5200;
  CHECK_THAT(asking_figures(plan, {}, limited, {}, AskingBound::kLikely).hours, WithinRel(3.0 / 60, 1e-9));
  limited.limits.requests_per_minute = 1;
  CHECK_THAT(asking_figures(plan, {}, limited, {}, AskingBound::kLeast).hours, WithinRel(0.25, 1e-9));
  limited.transport = Transport::kBatch;
  CHECK_THAT(asking_figures(plan, {}, limited, {2, 10}, AskingBound::kLikely).money,
             WithinRel(0.5 * likely.money, 1e-9));
}

TEST_CASE("Earlier answers of a category, else of the stage, take the place of guesses") {
  // Mugs took 150 answers where 100 were needed, by 50 calls of 600 tokens in and 60 out.
  const std::map<std::string, PastAnswers> past{{"mug", {150, 50, 30'000, 3'000, 0.1, 25}}};
  const AskingPlan plan = plan_of({{"mug", {40, 80, 100}}, {"axe", {20, 24, 0}}});
  const AskingFigures likely = asking_figures(plan, past, provider_of(4), {}, AskingBound::kLikely);
  CHECK_THAT(likely.answers, WithinAbs(40 * 1.5 + 20 * 1.2, 1e-9));  // the axe's: no more than allowed
  CHECK_THAT(likely.requests, WithinAbs(likely.answers / 3, 1e-9));
  CHECK_THAT(likely.tokens_in, WithinAbs(likely.answers * 200, 1e-6));
  CHECK_THAT(likely.tokens_out, WithinAbs(likely.answers * 20, 1e-6));
  CHECK_THAT(likely.hours, WithinRel(likely.requests * 0.5 / 10 / 3600, 1e-9));
  CHECK(asking_figures(plan, past, provider_of(4), {}, AskingBound::kLeast).answers == 60);
}

TEST_CASE("An estimate is told with its bounds, and with what it rests on") {
  const AskingPlan plan = plan_of({{"mug", {40, 80, 0}}});
  const std::string guessed = estimate_text(plan, {}, provider_of(4), {2, 10});
  CHECK(guessed.find("at least: 40 answers by 10 requests") != std::string::npos);
  CHECK(guessed.find("at most: 80 answers") != std::string::npos);
  CHECK(guessed.find("expected: ") == std::string::npos);
  CHECK(guessed.find("guessed") != std::string::npos);
  const std::string measured =
      estimate_text(plan, {{"mug", {150, 50, 30'000, 3'000, 0.1, 25}}}, provider_of(4), {});
  CHECK(measured.find("expected: ") != std::string::npos);
  CHECK(measured.find("150 answers in the ledger") != std::string::npos);
}

TEST_CASE("What was spent and what the plan needs make what should have been spent, by category") {
  const AskingPlan plan = plan_of({{"mug", {40, 80, 100}}});
  const std::map<std::string, PastAnswers> past{{"mug", {150, 50, 30'000, 3'000, 0.1, 25}},
                                                {"axe", {10, 10, 100, 10, 0.5, 1}}};
  const auto expected = expected_spend(plan, past, provider_of(1), {100, 0});
  CHECK_THAT(expected.at("mug").answers, WithinAbs(150 + 60, 1e-9));
  CHECK_THAT(expected.at("mug").cost, WithinAbs(0.1 + 1e-6 * 100 * 60 * 200, 1e-9));
  CHECK(expected.at("axe").answers == 10);
  CHECK(expected.at("axe").cost == 0.5);
}

}  // namespace funcorr
