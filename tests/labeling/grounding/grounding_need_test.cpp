// What is estimated holds for whatever a model replies: random options, random replies, random tokens.
#include "labeling/grounding/grounding_need.h"

#include <vector>

#include <fmt/format.h>

#include "db/format/random.h"
#include "labeling/grounding/part_asker.h"
#include "render/camera.h"
#include "tests/catch.h"
#include "tests/labeling/asking/scripted_asker.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)

constexpr int kViews = 3, kSize = 100, kImageTokens = 300, kMaxTokens = 40;
const Price kPrice{3, 15};

int between(Random& random, int low, int high) {
  return low + static_cast<int>(random.uniform() * (high - low + 1));
}

// Options, and a model with habits of its own.
struct World {
  explicit World(std::uint64_t seed) : random(seed) {
    options.boxes = between(random, 1, 5);
    options.max_attempts = between(random, 1, 10);
    options.give_up_after = random.uniform() < 0.5 ? 0 : between(random, 1, 6);
    options.zoom = random.uniform() < 0.7;
    provider.servers = {{"http://a/v1"}};
    provider.max_n = between(random, 1, 5);
    const double all_or_none = random.uniform();
    no_box = all_or_none < 0.15 ? 1 : all_or_none < 0.3 ? 0 : random.uniform();
    tokens_in = random.uniform();
    tokens_out = random.uniform();
    asks_again = random.uniform() < 0.5;
  }

  Answer reply() {
    const double chance = random.uniform();
    if (chance < no_box / 3) return said("");
    if (chance < no_box * 2 / 3) return said("there is none");
    if (chance < no_box) return said("[[100,200,");
    const int x = between(random, 0, 500), y = between(random, 0, 500);
    return said(fmt::format("[[{:03},{:03},{:03},{:03}]]", x, y, x + between(random, 60, 400),
                            y + between(random, 60, 400)));
  }

  Random random;
  GroundingOptions options;
  Provider provider;
  bool asks_again = false;
  double no_box = 0;                     // share of replies
  double tokens_in = 0, tokens_out = 0;  // where between their bounds
};

// What a run pays for.
class Bill {
 public:
  Bill() {
    std::filesystem::create_directories(workspace_.asset("abc") / "label");
    write_cameras(workspace_.asset("abc") / "label" / "cameras.json", labelling_cameras(kViews, kSize, 1));
  }

  PastAnswers run(World& world, const Prompt& prompt, int first, int parts) {
    ScriptedAsker asker;
    asker.chat = [&](const ChatRequest&, int) { return world.reply(); };
    Asking asking({.model = "m", .ask_again = world.asks_again, .sampling = {.max_tokens = kMaxTokens}},
                  asker, {});
    PartAsker asked(world.options, prompt, workspace_, asking, [](const PartQuestion&, auto) {});
    for (int i = first; i < first + parts; ++i)
      asked.add({fmt::format("abc/{}", i), "abc", std::to_string(i), "mug", "rim", i % 2 == 0, {0, 1, 2}});
    asked.run();
    PastAnswers paid;
    for (const ChatRequest& request : asker.chats) {
      std::size_t bytes = 0;
      for (const ChatMessage& message : request.messages) bytes += message.text.size() + message.role.size();
      const double least = static_cast<double>(bytes) / 16, most = static_cast<double>(bytes) + kImageTokens;
      const int calls = (request.n + world.provider.max_n - 1) / world.provider.max_n;
      paid.answers += request.n;
      paid.calls += calls;
      paid.tokens_in +=
          calls * static_cast<std::int64_t>(std::ceil(least + world.tokens_in * (most - least)));
      paid.tokens_out += static_cast<std::int64_t>(request.n * world.tokens_out * kMaxTokens);
    }
    paid.cost = 1e-6 * (static_cast<double>(paid.tokens_in) * kPrice.in_per_million +
                        static_cast<double>(paid.tokens_out) * kPrice.out_per_million);
    return paid;
  }

 private:
  TemporaryFolder folder_;
  Workspace workspace_{folder_.path()};
};

AskingPlan plan_of(const World& world, const Prompt& prompt, int done, int open) {
  AskingPlan plan;
  plan.tokens_in = 150;
  plan.tokens_out = 20;
  plan.most_tokens_out = kMaxTokens;
  plan.bound(prompt, {{"part", 3}}, kImageTokens);
  for (int i = 0; i < done + open; ++i)
    plan.add("mug", i < done, grounding_need(world.options, i % 2 == 0, kViews, world.provider.max_n));
  if (world.asks_again) plan.allow_complaints();
  return plan;
}

void check_between(const AskingFigures& low, const AskingFigures& high) {
  constexpr double kRounding = 1 + 1e-9;
  CHECK(low.answers <= high.answers * kRounding);
  CHECK(low.requests <= high.requests * kRounding);
  CHECK(low.tokens_in <= high.tokens_in * kRounding);
  CHECK(low.tokens_out <= high.tokens_out * kRounding);
  CHECK(low.money <= high.money * kRounding);
}

}  // namespace

TEST_CASE("Whatever a model replies, a run pays between what is estimated at least and at most") {
  const Prompt prompt = parse_prompt("--- user\nwhere is the \"{{part}}\"?\n", "ground");
  Bill bill;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    World world(seed);
    CAPTURE(seed, world.options.boxes, world.options.max_attempts, world.options.give_up_after,
            world.options.zoom, world.no_box, world.provider.max_n);
    const AskingPlan plan = plan_of(world, prompt, 0, 6);
    const auto figures = [&](AskingBound bound, const std::map<std::string, PastAnswers>& past = {}) {
      return asking_figures(plan, past, world.provider, kPrice, bound);
    };
    const PastAnswers paid = bill.run(world, prompt, 0, 6);
    const AskingFigures actual{static_cast<double>(paid.answers),
                               static_cast<double>(paid.calls),
                               static_cast<double>(paid.tokens_in),
                               static_cast<double>(paid.tokens_out),
                               paid.cost,
                               0};
    const AskingFigures least = figures(AskingBound::kLeast), most = figures(AskingBound::kMost);
    check_between(least, actual);
    check_between(actual, most);
    for (const auto& past : {std::map<std::string, PastAnswers>{}, {{"mug", paid}}}) {
      const AskingFigures expected = figures(AskingBound::kLikely, past);
      check_between(least, expected);
      check_between(expected, most);
    }
  }
}

TEST_CASE("The bounds are met: by a model that always finds the part, and by one that finds it once") {
  GroundingOptions options;
  options.boxes = 2;
  options.max_attempts = 5;
  CHECK(grounding_need(options, false, 3, 1).answers == 3 * 2);
  CHECK(grounding_need(options, false, 3, 1).most_answers == 3 * 5);
  CHECK(grounding_need(options, true, 3, 1).answers == 3 * 4);
  CHECK(grounding_need(options, true, 3, 1).most_answers == 3 * 10);
  CHECK(grounding_need(options, true, 3, 2).most_requests == 3 * 2 * (1 + 3));
  options.give_up_after = 1;
  CHECK(grounding_need(options, true, 3, 1).answers == 3 * 2);  // no box at all
  options.max_attempts = 1;
  CHECK(grounding_need(options, false, 3, 1).answers == 3);
}

TEST_CASE("What is expected after a first run is what the second one pays") {
  const Prompt prompt = parse_prompt("--- user\nwhere is the \"{{part}}\"?\n", "ground");
  Bill bill;
  for (std::uint64_t seed = 100; seed < 110; ++seed) {
    World world(seed);
    const PastAnswers first = bill.run(world, prompt, 0, 30), second = bill.run(world, prompt, 30, 30);
    const AskingFigures expected = asking_figures(plan_of(world, prompt, 30, 30), {{"mug", first}},
                                                  world.provider, kPrice, AskingBound::kLikely);
    CAPTURE(seed, expected.money, second.cost);
    CHECK_THAT(expected.money, Catch::WithinRel(second.cost, 0.15));
    CHECK_THAT(expected.answers, Catch::WithinRel(static_cast<double>(second.answers), 0.15));
  }
}

}  // namespace funcorr
