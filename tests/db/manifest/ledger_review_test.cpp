// What a person asks of the ledger: what is in doubt, what was answered; and what settles the former.
#include "db/manifest/ledger_review.h"

#include "db/manifest/ledger.h"
#include "tests/catch.h"
#include "tests/db/manifest/workspace.h"

namespace funcorr {
namespace {

using tests::TemporaryFolder;

Intent intent(const std::string& key, const std::string& item = "aa/rim") {
  return {.key = key, .tag = {"ground", item, "mug"}, .provider = "p", .model = "m", .reserved = 0.5};
}

class Books {
 public:
  Books() : manifest(folder / "manifest.sqlite"), ledger(manifest) {}
  std::vector<std::int64_t> claim(const std::vector<std::string>& keys) {
    std::vector<std::int64_t> ids;
    for (const std::string& key : keys) ids.push_back(ledger.claim(intent(key)).id);
    return ids;
  }
  void lose(const std::vector<std::string>& keys) {
    ledger.record({.ids = claim(keys), .state = RequestState::kInDoubt, .error_code = "timeout"});
  }

  TemporaryFolder folder;
  Manifest manifest;
  Ledger ledger;
};

}  // namespace

TEST_CASE("Calls in doubt are listed with their rows and what they can have cost, by whatever is asked for") {
  Books books;
  books.lose({"a", "b"});
  books.lose({"c"});
  const std::vector<CallInDoubt> calls = calls_in_doubt(books.manifest, {});
  REQUIRE(calls.size() == 2);
  CHECK(calls[0].rows.size() == 2);
  CHECK(calls[0].reserved == 1);
  CHECK(calls[0].tag.item == "aa/rim");
  CHECK(calls[0].error_code == "timeout");
  CHECK(calls[0].created > 1e9);
  CHECK(calls_in_doubt(books.manifest, {.stage = "ground", .provider = "p", .model = "m"}).size() == 2);
  CHECK(calls_in_doubt(books.manifest, {.stage = "parts"}).empty());
  CHECK(calls_in_doubt(books.manifest, {.before = calls[0].created}).empty());
  CHECK(calls_in_doubt(books.manifest, {.after = calls[0].created}).size() == 2);
}

TEST_CASE("Settled as paid or unpaid, calls are in doubt no more, and the provider's account says so") {
  Books books;
  books.lose({"a", "b"});
  books.lose({"c"});
  CHECK(books.ledger.account("p").reserved == 1.5);
  const std::vector<CallInDoubt> calls = calls_in_doubt(books.manifest, {});
  settle(books.manifest, {{&calls[0], true, 0.75}, {&calls[1], false, 0}});
  CHECK(calls_in_doubt(books.manifest, {}).empty());
  CHECK(books.ledger.account("p").reserved == 0);
  CHECK(books.ledger.account("p").spent == 0.75);
  const Ledger::Spend spend = books.ledger.spend();
  CHECK(spend.cost == 0.75);
  CHECK(spend.billed_calls == 1);
  CHECK(spend.in_doubt == 0);
  CHECK(spend.failed == 3);
  CHECK(books.ledger.find(calls[0].rows[1])->error_code == "settled_paid");
  CHECK(books.ledger.find(calls[1].rows[0])->error_code == "settled_unpaid");
  books.ledger.set_policy({.repeat_in_doubt = false});
  CHECK(books.ledger.claim(intent("a")).kind == Claim::Kind::kGranted);
  // What was settled counts in the budget.
  books.ledger.set_policy({.budgets = {{"p", 1.2}}});
  CHECK(books.ledger.claim(intent("d")).kind == Claim::Kind::kOverBudget);  // 0.75 spent, 0.5 open
}

TEST_CASE("The ledger's own bill is counted by model and time") {
  Books books;
  books.ledger.record(
      {.ids = books.claim({"a", "b"}), .choices = 2, .raw = "x", .billed = true, .cost = 0.25});
  books.lose({"c"});
  const auto billed = billed_calls(books.manifest, {.provider = "p"});
  CHECK(billed.at("m").calls == 1);
  CHECK(billed.at("m").money == 0.25);
  CHECK(billed_calls(books.manifest, {.provider = "q"}).empty());
  CHECK(open_requests(books.manifest, "p") == 0);
  books.claim({"d"});
  CHECK(open_requests(books.manifest, "p") == 1);
}

TEST_CASE("Every answered sample comes with its call's body and its own choice") {
  Books books;
  books.ledger.record({.ids = books.claim({"a", "b"}), .choices = 2, .raw = "body", .tokens_out = 7});
  books.lose({"c"});
  std::vector<AnsweredSample> samples;
  for_each_answer(books.manifest, {}, [&](const AnsweredSample& sample) { samples.push_back(sample); });
  REQUIRE(samples.size() == 2);
  CHECK(samples[1].request.answer == "body");
  CHECK(samples[1].request.choice == 1);
  CHECK(samples[1].request.tokens_out == 7);
  CHECK(samples[1].call == samples[0].request.id);
}

TEST_CASE("Requests that ended badly are found by the asset of their part, others by their item") {
  Books books;
  books.lose({"a"});
  books.ledger.record({.ids = {books.ledger.claim(intent("b", "aa/body")).id}, .choices = 1, .raw = "odd"});
  books.ledger.record(
      {.ids = {books.ledger.claim(intent("c", "aaa/rim")).id}, .state = RequestState::kFailed});
  const auto items = items_with_trouble(books.manifest, "aa");
  REQUIRE(items.size() == 1);
  CHECK(items[0].item == "aa/rim");
  CHECK(items[0].stage == "ground");
  CHECK(items_with_trouble(books.manifest, "aa/rim").size() == 1);
  const auto last = last_requests(books.manifest, {"ground", "aa/body", "mug"}, 3);
  REQUIRE(last.size() == 1);
  CHECK(last[0].answer == "odd");
}

}  // namespace funcorr
