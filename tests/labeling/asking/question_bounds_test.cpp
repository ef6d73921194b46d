// What is estimated for questions that are answered by JSON holds for whatever a model answers: random
// options, answers of random lengths, random tokens.
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "db/format/random.h"
#include "labeling/selection/selecting_need.h"
#include "labeling/taxonomy/parts_need.h"
#include "labeling/taxonomy/proposing_need.h"
#include "tests/catch.h"
#include "tests/labeling/asking/scripted_asker.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)

using nlohmann::json;

constexpr int kMaxTokens = 300;  // of an answer, each of a byte at the least
const Price kPrice{3, 15};

int between(Random& random, int low, int high) {
  return low + static_cast<int>(random.uniform() * (high - low + 1));
}

// A model with habits of its own, and what it costs.
class World {
 public:
  explicit World(std::uint64_t seed) : random(seed) {
    usable_ = random.uniform() < 0.2 ? 0 : random.uniform() < 0.2 ? 1 : random.uniform();
    longest_ = between(random, 1, kMaxTokens);
    tokens_ = random.uniform();
    asks_again_ = random.uniform() < 0.5;
    provider_.servers = {{"http://a/v1"}};
    asker.embed = [](const std::string&) { return std::vector<float>{1}; };
    plan.most_tokens_out = kMaxTokens;
    plan.tokens_in = 50;
    plan.tokens_out = 20;
  }

  // Cut, as by max_tokens, where it is too long: then it is of no use.
  Answer answer(const json& value) {
    std::string text = random.uniform() < usable_ ? value.dump() : "I cannot say " + text_of(longest_);
    if (text.size() > kMaxTokens) text.resize(kMaxTokens);
    return said(text);
  }
  std::string text_of(int most) {
    return std::string(static_cast<std::size_t>(between(random, 0, most)), 'a');
  }
  int longest() const { return longest_; }

  Asking asking() {
    return Asking({.model = "m", .ask_again = asks_again_, .sampling = {.max_tokens = kMaxTokens}}, asker,
                  {});
  }

  void check(const PastAnswers& past) {
    if (asks_again_) plan.allow_complaints();
    const AskingFigures least = asking_figures(plan, {}, provider_, kPrice, AskingBound::kLeast);
    const AskingFigures likely = asking_figures(plan, {{"", past}}, provider_, kPrice, AskingBound::kLikely);
    const AskingFigures most = asking_figures(plan, {}, provider_, kPrice, AskingBound::kMost);
    const auto calls = static_cast<double>(past.calls);
    CHECK(least.answers <= calls);
    CHECK(calls <= most.answers);
    CHECK(calls <= most.requests);
    CHECK(least.tokens_in <= static_cast<double>(past.tokens_in));
    CHECK(static_cast<double>(past.tokens_in) <= most.tokens_in);
    CHECK(static_cast<double>(past.tokens_out) <= most.tokens_out);
    CHECK(past.cost <= most.money);
    CHECK(least.money <= likely.money);
    CHECK(likely.answers >= least.answers);
  }

  // Of all that was asked: between a token for 16 bytes and one for each.
  PastAnswers paid() const {
    PastAnswers paid;
    for (const ChatRequest& request : asker.chats) {
      std::size_t bytes = 0;
      for (const ChatMessage& message : request.messages) bytes += message.text.size() + message.role.size();
      const double least = static_cast<double>(bytes) / 16, most = static_cast<double>(bytes);
      ++paid.answers;
      ++paid.calls;
      paid.tokens_in += static_cast<std::int64_t>(std::ceil(least + tokens_ * (most - least)));
      paid.tokens_out += kMaxTokens;
    }
    paid.cost = 1e-6 * (static_cast<double>(paid.tokens_in) * kPrice.in_per_million +
                        static_cast<double>(paid.tokens_out) * kPrice.out_per_million);
    return paid;
  }

  Random random;
  ScriptedAsker asker;
  AskingPlan plan;

 private:
  bool asks_again_ = false;
  double usable_ = 0, tokens_ = 0;  // share; where between its bounds
  int longest_ = 0;
  Provider provider_;
};

}  // namespace

TEST_CASE("Whatever a model answers, a selection pays between what is estimated at least and at most") {
  const SelectionPrompts prompts{
      parse_prompt("--- user\nwhat is \"{{caption}}\"? Once more: {{caption}}\n", "name"),
      parse_prompt("--- system\nYou check.\n--- user\nis {{caption}} a {{category}}? a {{category}}?\n",
                   "verify")};
  const std::vector<std::string> categories{"mug", "axe", "measuring cup"};
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    World world(seed);
    SelectionOptions options;
    options.names = world.random.uniform() < 0.6 ? NameSource::kLlm : NameSource::kCaption;
    options.verify = world.random.uniform() < 0.7 ? CategoryCheck::kLlm : CategoryCheck::kNone;
    options.top_k = between(world.random, 1, 3);
    options.tries = between(world.random, 1, 4);
    world.asker.chat = [&](const ChatRequest& request, int) {
      if (request.messages.size() > 1) return world.answer({{"fits", world.random.uniform() < 0.3}});
      return world.answer({{"name", world.random.uniform() < 0.2 ? "none" : world.text_of(world.longest())}});
    };
    TextVectors vectors;
    Asking asking = world.asking();
    Selecting selecting(options, prompts, categories, vectors, asking, [](const std::string&, auto) {});
    std::int64_t longest = 0;
    for (int i = 0; i < 8; ++i) {
      const std::string caption = "a" + world.text_of(120);
      selecting.add({std::to_string(i), caption, ""});
      longest = std::max(longest, std::ssize(caption));
      world.plan.add("", false, selecting_need(options));
    }
    bound_selecting(world.plan, options, prompts, categories, longest);
    selecting.run();
    CAPTURE(seed, options.top_k, options.tries);
    world.check(world.paid());
  }
}

TEST_CASE("Whatever a model answers, parts cost between what is estimated at least and at most") {
  const PartsPrompts prompts{
      parse_prompt("--- user\n{{category}}: {{function}} ({{description}})\n", "list"),
      parse_prompt("--- system\nYou describe.\n--- user\n{{part}} of {{category}}: {{descriptions}}\n",
                   "describe")};
  const std::map<std::string, std::string> functions{
      {"pour-with", "let run"}, {"hold-with", "take it in one hand"}, {"cut-with", ""}};
  const std::vector<TaxonomyCategory> entries{{{"pour-with"}, {}}, {{"cut-with", "hold-with"}, {}}};
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    World world(seed);
    PartsOptions options;
    options.duplicates.embeddings = false;
    options.tries = between(world.random, 1, 4);
    options.most_parts = between(world.random, 1, 5);
    world.asker.chat = [&](const ChatRequest& request, int) {
      if (request.messages.size() > 1)
        return world.answer({{"description", world.text_of(20)}, {"small", true}, {"edge", false}});
      json parts = json::array();
      for (int i = between(world.random, 0, 7); i > 0; --i)
        parts.push_back({{"name", "p" + world.text_of(3) + std::to_string(i)},
                         {"description", world.text_of(world.longest() / 4)}});
      return world.answer({{"parts", parts}});
    };
    Asking asking = world.asking();
    PartsAsker asker(options, prompts, functions, asking, [](const std::string&, auto) {});
    for (const TaxonomyCategory& entry : entries) {
      const std::string category = fmt::format("mug {}", entry.functions.size());
      asker.add(category, entry);
      world.plan.add("", false, parts_need(options, std::ssize(entry.functions)));
      bound_parts(world.plan, options, prompts, category, entry, functions, kMaxTokens);
    }
    asker.run();
    CAPTURE(seed, options.most_parts, options.tries);
    world.check(world.paid());
  }
}

TEST_CASE("Whatever a model answers, a taxonomy costs between what is estimated at least and at most") {
  const ProposingPrompts prompts{
      parse_prompt("--- user\n{{count}} functions\n", "functions"),
      parse_prompt("--- system\nYou help.\n--- user\n{{count}} of {{function}} ({{description}})\n",
                   "categories")};
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    World world(seed);
    ProposingOptions options;
    options.duplicates.embeddings = false;
    options.functions = between(world.random, 1, 4);
    options.tries = between(world.random, 1, 4);
    world.asker.chat = [&](const ChatRequest& request, int) {
      json list = json::array();
      const bool of_functions = request.messages.size() == 1;
      for (int i = between(world.random, 0, 10); i > 0; --i)
        list.push_back(of_functions ? json{{"name", fmt::format("f{}-with", i)},
                                           {"description", world.text_of(world.longest() / 4)}}
                                    : json(world.text_of(10)));
      return world.answer({{of_functions ? "functions" : "categories", list}});
    };
    world.plan.add("", false, proposing_need(options));
    bound_proposing(world.plan, options, prompts, kMaxTokens);
    Asking asking = world.asking();
    Proposing(options, prompts, asking).run([](const auto&) {});
    CAPTURE(seed, options.functions, options.tries);
    world.check(world.paid());
  }
}

TEST_CASE("Lists that are longer than what is estimated cannot be used") {
  ScriptedAsker asker;
  asker.chat = [](const ChatRequest&, int) {
    return said(R"({"parts": [{"name": "rim"}, {"name": "lip"}, {"name": "spout"}]})");
  };
  Asking asking({.model = "m"}, asker, {});
  PartsOptions options;
  options.duplicates.embeddings = false;
  options.most_parts = 2;
  options.tries = 3;
  const PartsPrompts prompts{parse_prompt("--- user\nlist\n", "list"),
                             parse_prompt("--- user\ndescribe\n", "describe")};
  const std::map<std::string, std::string> functions{{"pour-with", ""}};
  std::string error;
  PartsAsker parts(
      options, prompts, functions, asking,
      [&](const std::string&, Asked<TaxonomyCategory> entry) { error = entry.failure.error_kind; });
  parts.add("mug", {{"pour-with"}, {}});
  parts.run();
  CHECK(error == "unusable_answer");
  CHECK(asker.chats.size() == 3);
}

}  // namespace funcorr
