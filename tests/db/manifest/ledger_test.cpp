#include "db/manifest/ledger.h"

#include <sys/wait.h>
#include <unistd.h>

#include "tests/catch.h"
#include "tests/db/manifest/workspace.h"

namespace funcorr {
namespace {

using tests::TemporaryFolder;
using Kind = Claim::Kind;

Intent intent(const std::string& key, double reserved = 0) {
  return {.key = key,
          .tag = {"ground", "aa/rim", "mug"},
          .provider = "openai",
          .model = "cogvlm",
          .reserved = reserved};
}

// Runs `body` in a process of its own, which then dies without cleaning up.
template <typename Body>
void in_process_that_dies(const Body& body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  waitpid(child, nullptr, 0);
}

}  // namespace

TEST_CASE("The ledger serves what was bought, sample by sample") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite", {.durability = Durability::kFull});
  Ledger ledger(manifest);
  const std::int64_t first = ledger.claim(intent("k1")).id, second = ledger.claim(intent("k2")).id,
                     third = ledger.claim(intent("k3")).id;
  CHECK_FALSE(ledger.answered("k1").has_value());
  ledger.record({.ids = {first, second, third},
                 .choices = 2,
                 .http_status = 200,
                 .raw = "raw",
                 .billed = true,
                 .tokens_in = 90,
                 .tokens_out = 11,
                 .cost = 0.5});
  const Claim again = ledger.claim(intent("k2"));
  CHECK(again.kind == Kind::kAnswered);
  CHECK(again.answer.request_id == second);
  CHECK(again.answer.raw == "raw");
  CHECK(again.answer.choice == 1);
  CHECK(again.answer.tokens_out == 11);
  CHECK(ledger.answered("k2")->tag.category == "mug");
  CHECK(ledger.find(third)->state == RequestState::kFailed);
  CHECK(ledger.find(third)->error_code == "missing_choice");
  CHECK(ledger.claim(intent("k3")).kind == Kind::kGranted);

  const Ledger::Spend spend = ledger.spend("ground");
  CHECK(spend.samples == 4);
  CHECK(spend.answered == 2);
  CHECK(spend.calls == 2);  // the answered one, and the intent
  CHECK(spend.billed_calls == 1);
  CHECK(spend.tokens_in == 90);
  CHECK(spend.cost == 0.5);
  CHECK(ledger.spend("parts").samples == 0);
}

TEST_CASE("An item's requests that ended badly are found, the newest first") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  Ledger ledger(manifest);
  for (const char* answer : {"first", "second", "third"})
    ledger.record({.ids = {ledger.claim(intent("k1")).id},
                   .state = RequestState::kFailed,
                   .error_code = "malformed_json",
                   .raw = answer});
  ledger.record({.ids = {ledger.claim(intent("k1")).id}, .choices = 1, .raw = "fine"});
  const auto troubles = ledger.troubles("ground", "aa/rim", 2);
  REQUIRE(troubles.size() == 2);
  CHECK(troubles[0].answer == "third");
  CHECK(troubles[1].answer == "second");
  CHECK(ledger.troubles("ground", "aa/base", 2).empty());
  CHECK(ledger.troubles("parts", "aa/rim", 2).empty());
}

TEST_CASE("A row is recorded once, withdrawn ones never were") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  Ledger ledger(manifest);
  const std::int64_t id = ledger.claim(intent("k1", 2)).id;
  CHECK(ledger.account("openai").reserved == 2);
  ledger.record({.ids = {id}, .choices = 1, .cost = 0.25});
  CHECK_THROWS_AS(ledger.record({.ids = {id}, .choices = 1, .cost = 0.25}), ManifestError);
  CHECK(ledger.account("openai").reserved == 0);
  CHECK(ledger.account("openai").spent == 0.25);
  ledger.withdraw(ledger.claim(intent("k2", 2)).id);
  ledger.withdraw(id);  // answered: it stays
  CHECK(ledger.account("openai").reserved == 0);
  CHECK(ledger.spend().samples == 1);
}

TEST_CASE("What is committed together is stored together: records first, then withdrawals, then intents") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  Ledger ledger(manifest);
  const std::int64_t asked = ledger.claim(intent("k1")).id, unsent = ledger.claim(intent("k2")).id;
  const std::vector<Claim> claims =
      ledger.commit({.records = {{.ids = {asked}, .choices = 1, .raw = "bought"}},
                     .withdrawn = {unsent},
                     .intents = {intent("k1"), intent("k2"), intent("k2")}});
  REQUIRE(claims.size() == 3);
  CHECK(claims[0].answer.raw == "bought");
  CHECK(claims[1].kind == Kind::kGranted);
  CHECK(claims[2].kind == Kind::kHeld);
  // A record of a row that is not open stops it all.
  CHECK_THROWS_AS(ledger.commit({.records = {{.ids = {claims[1].id}, .choices = 1}, {.ids = {asked}}}}),
                  ManifestError);
  CHECK(ledger.find(claims[1].id)->state == RequestState::kIntent);
}

TEST_CASE("One of two that want the same answer asks for it") {
  const TemporaryFolder folder;
  Manifest one(folder / "manifest.sqlite"), other(folder / "manifest.sqlite");
  Ledger first(one), second(other);
  const std::int64_t id = first.claim(intent("k1")).id;
  CHECK(second.claim(intent("k1")).kind == Kind::kHeld);
  CHECK(first.claim(intent("k1")).kind == Kind::kHeld);
  first.record({.ids = {id}, .choices = 1, .raw = "raw"});
  CHECK(second.claim(intent("k1")).answer.raw == "raw");
}

TEST_CASE("What a dead process left open is in doubt, and repeated only if so wished") {
  const TemporaryFolder folder;
  in_process_that_dies([&] {
    Manifest manifest(folder / "manifest.sqlite");
    Ledger ledger(manifest);
    ledger.claim(intent("k1", 0.5));
    ledger.claim(intent("k2", 0.25));
  });
  Manifest manifest(folder / "manifest.sqlite");
  Ledger ledger(manifest);
  SECTION("found when its key is asked for") {
    ledger.set_policy({.repeat_in_doubt = false});
    CHECK(ledger.claim(intent("k1")).kind == Kind::kInDoubt);
    ledger.set_policy({});
    CHECK(ledger.claim(intent("k1")).kind == Kind::kGranted);
    CHECK(ledger.mark_in_doubt() == 0);  // its owner's others were settled with it
  }
  SECTION("found when a run begins") {
    CHECK(ledger.mark_in_doubt() == 2);
    CHECK(ledger.mark_in_doubt() == 0);
  }
  CHECK(ledger.spend("ground").in_doubt == 2);
  CHECK(ledger.account("openai").reserved == 0.75);  // it may have cost that
}

TEST_CASE("An expired intent is in doubt though its process lives, and a late answer to it still counts") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  Ledger ledger(manifest);
  Intent old = intent("k1", 1);
  old.lifetime_s = -1;
  const std::int64_t id = ledger.claim(old).id;
  CHECK(ledger.mark_in_doubt() == 1);
  ledger.record({.ids = {id}, .choices = 1, .raw = "late", .cost = 0.5});
  CHECK(ledger.answered("k1")->answer == "late");
  CHECK(ledger.account("openai").reserved == 0);
}

TEST_CASE("A provider's budget holds across connections, with what is open at its worst") {
  const TemporaryFolder folder;
  Manifest one(folder / "manifest.sqlite"), other(folder / "manifest.sqlite");
  Ledger first(one), second(other);
  for (Ledger* ledger : {&first, &second}) ledger->set_policy({.budgets = {{"other", 0.1}, {"openai", 1}}});
  const std::int64_t id = first.claim(intent("k1", 0.6)).id;
  CHECK(second.claim(intent("k2", 0.6)).kind == Kind::kOverBudget);
  first.record({.ids = {id}, .choices = 1, .cost = 0.1});
  const Claim later = second.claim(intent("k2", 0.6));
  CHECK(later.kind == Kind::kGranted);
  second.record({.ids = {later.id}, .state = RequestState::kInDoubt});
  CHECK(first.claim(intent("k3", 0.4)).kind == Kind::kOverBudget);  // 0.1 + 0.6 in doubt
  CHECK(first.claim(intent("k3", 0.3)).kind == Kind::kGranted);
}

TEST_CASE("Limits learned about a provider stay beside its money") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  Ledger ledger(manifest);
  CHECK(ledger.pace("openai").empty());
  ledger.claim(intent("k1", 2));
  ledger.set_pace("openai", "{\"requests_per_minute\":60}");
  CHECK(ledger.pace("openai") == "{\"requests_per_minute\":60}");
  CHECK(ledger.account("openai").reserved == 2);
}

TEST_CASE("A batch outlives its process: the next one finds what is still open in it") {
  const TemporaryFolder folder;
  in_process_that_dies([&] {
    Manifest manifest(folder / "manifest.sqlite");
    Ledger ledger(manifest);
    const std::int64_t a = ledger.claim(intent("a", 0.5)).id, b = ledger.claim(intent("b", 0.25)).id,
                       c = ledger.claim(intent("c")).id;
    const std::int64_t batch = ledger.open_batch("openai", {{b, a}, {c}}).id;
    ledger.set_remote_batch(batch, "batch_1");
    ledger.record({.ids = {c}, .choices = 1, .raw = "raw"});
  });
  Manifest manifest(folder / "manifest.sqlite");
  Ledger ledger(manifest);
  CHECK(ledger.mark_in_doubt() == 0);
  CHECK(ledger.claim(intent("a")).kind == Kind::kHeld);
  CHECK(ledger.adopt_batches("other").empty());
  const auto batches = ledger.adopt_batches("openai");
  REQUIRE(batches.size() == 1);
  CHECK(batches[0].remote_id == "batch_1");
  CHECK(batches[0].token == "b-1");
  REQUIRE(batches[0].calls.size() == 1);
  CHECK(batches[0].calls[0].ids == std::vector<std::int64_t>{2, 1});
  CHECK(batches[0].calls[0].model == "cogvlm");
  CHECK(batches[0].calls[0].reserved == 0.75);
  SECTION("harvested: what it did not answer is in doubt") {
    ledger.close_batch(batches[0].id, false);
    CHECK(ledger.spend().in_doubt == 2);
  }
  SECTION("never created: nothing was asked") {
    ledger.close_batch(batches[0].id, true);
    CHECK(ledger.spend().samples == 1);
  }
  CHECK(ledger.adopt_batches("openai").empty());
}

}  // namespace funcorr
