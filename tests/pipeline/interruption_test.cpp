// Signals and kill -9: nothing is lost but what runs, and the end is the same.
#include <map>
#include <random>

#include "db/manifest/items.h"
#include "db/manifest/manifest.h"
#include "tests/catch.h"
#include "tests/pipeline/manifest_dump.h"
#include "tests/pipeline/program.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using tests::fake_arguments;
using tests::is_pending;
using tests::manifest_rows;
using tests::Program;
using tests::Ran;
using tests::read_text;
using tests::run_fake;
using tests::TemporaryFolder;
using tests::wait_until;

std::map<ItemState, std::int64_t> counts(const TemporaryFolder& w) {
  Manifest manifest(w / "manifest.sqlite");
  return Items(manifest, "fake").counts();
}

bool some_done(const TemporaryFolder& w, std::int64_t least) {
  return fs::exists(w / "manifest.sqlite") && counts(w)[ItemState::kDone] >= least;
}

// Relative name → content of all artifacts; what killed writers left is no artifact.
std::map<std::string, std::string> artifacts(const fs::path& workspace) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : fs::recursive_directory_iterator(workspace / "artifacts")) {
    const std::string name = entry.path().lexically_relative(workspace).string();
    if (entry.is_regular_file() && name.find(".tmp-") == std::string::npos)
      contents[name] = read_text(entry.path());
  }
  return contents;
}

TEST_CASE("SIGINT and SIGTERM end a stage with 130, and the same command goes on") {
  const bool in_process = GENERATE(false, true);
  const int signal = GENERATE(SIGINT, SIGTERM);
  const TemporaryFolder w;
  std::vector<std::string> quick = {"--count", "150", "--batch", "8"};
  if (in_process) quick.push_back("--in-process");
  std::vector<std::string> slow = quick;  // some 8 s: it is not at its end when it is interrupted
  slow.insert(slow.end(), {"--work-ms", "100"});
  Program program(FUNCORR_FAKE_STAGE, fake_arguments(w.path(), slow));
  REQUIRE(wait_until([&] { return some_done(w, 10); }));
  program.kill(signal);
  CHECK(program.wait() == 130);
  auto after = counts(w);
  CHECK(after[ItemState::kLeased] == 0);
  CHECK(after[ItemState::kDone] >= 10);
  CHECK(after[ItemState::kPending] > 0);
  CHECK(after[ItemState::kDone] + after[ItemState::kPending] == 150);
  CHECK(program.out().find("interrupted") != std::string::npos);
  CHECK(run_fake(w.path(), quick).status == 0);
  CHECK(counts(w)[ItemState::kDone] == 150);
  Manifest manifest(w / "manifest.sqlite");
  for (const ItemHistory& item : item_history(manifest, "ok-000003")) CHECK(item.attempt == 1);
}

TEST_CASE("what hangs is dropped at a signal, without an attempt, and a second signal does not wait") {
  const TemporaryFolder w;
  const auto arguments = fake_arguments(w.path(), {"--list", "hang-1"});
  const auto item = [&] {
    Manifest manifest(w / "manifest.sqlite");
    return item_history(manifest, "hang-1").at(0);
  };
  const auto begun = [&] { return read_text(w / "attempts/hang-1"); };  // an x for each time
  Program patient(FUNCORR_FAKE_STAGE, arguments);
  REQUIRE(wait_until([&] { return begun() == "x"; }));
  patient.kill(SIGINT);
  CHECK(patient.wait() == 130);
  CHECK(item().state == "pending");
  CHECK(item().attempt == 0);
  Program hasty(FUNCORR_FAKE_STAGE, arguments);
  REQUIRE(wait_until([&] { return begun() == "xx"; }));
  const std::vector<pid_t> workers = hasty.children();
  hasty.kill(SIGINT);
  REQUIRE(wait_until([&] { return !is_pending(hasty.pid(), SIGINT); }));
  hasty.kill(SIGINT);
  CHECK(hasty.wait() == 130);
  CHECK(item().state == "leased");  // it did not wait for the worker, nor give its lease back
  for (const pid_t worker : workers) CHECK(wait_until([&] { return ::kill(worker, 0) != 0; }));
}

TEST_CASE("workers die with the stage process") {
  const TemporaryFolder w;
  Program program(FUNCORR_FAKE_STAGE, fake_arguments(w.path(), {"--list", "hang-1,hang-2"}));
  REQUIRE(wait_until([&] { return program.children().size() == 2; }));
  const std::vector<pid_t> workers = program.children();
  program.kill(SIGKILL);
  CHECK(program.wait() == -SIGKILL);
  for (const pid_t worker : workers) CHECK(wait_until([&] { return ::kill(worker, 0) != 0; }));
}

TEST_CASE("two stage processes share one manifest: every item is done exactly once") {
  const bool in_process = GENERATE(false, true);
  const TemporaryFolder w;
  std::string list;
  for (int i = 0; i < 120; ++i) list += (i ? ",meet-" : "meet-") + std::to_string(i);
  std::vector<std::string> more = {"--list", list, "--batch", "4"};
  if (in_process) more.push_back("--in-process");
  Program first(FUNCORR_FAKE_STAGE, fake_arguments(w.path(), more));
  Program second(FUNCORR_FAKE_STAGE, fake_arguments(w.path(), more));
  CHECK(first.wait() == 0);
  CHECK(second.wait() == 0);
  INFO(first.err() << second.err());
  CHECK(counts(w)[ItemState::kDone] == 120);
  for (int i = 0; i < 120; ++i) CHECK(read_text(w / ("attempts/meet-" + std::to_string(i))) == "x");
  CHECK(first.out().find("fake: 0 done") == std::string::npos);  // both had their share
  CHECK(second.out().find("fake: 0 done") == std::string::npos);
}

TEST_CASE("kill -9 of stage or worker at any moment, then again: the same bytes and rows") {
  const bool in_process = GENERATE(false, true);
  std::vector<std::string> arguments = {
      "--list",         "reject-1,skip-1,transient-1,transient-2,print-1,bigjob-1",
      "--count",        "60",
      "--work-ms",      "2",
      "--batch",        "8",
      "--lease-s",      "2",
      "--max-attempts", "1000"};
  if (in_process) arguments.push_back("--in-process");
  const TemporaryFolder undisturbed, disturbed;
  REQUIRE(run_fake(undisturbed.path(), arguments).status == 0);

  std::mt19937 random(in_process ? 1 : 2);
  int kills = 0, kills_of_workers = 0, runs = 0;
  while ((kills < 50 || (!in_process && kills_of_workers < 5)) && runs++ < 400) {
    // A run that came to its end starts anew, so that there is always something to kill.
    std::vector<std::string> forced = arguments;
    if (fs::exists(disturbed / "manifest.sqlite") &&
        counts(disturbed)[ItemState::kPending] + counts(disturbed)[ItemState::kLeased] == 0) {
      forced.push_back("-B");
    }
    Program program(FUNCORR_FAKE_STAGE, fake_arguments(disturbed.path(), forced));
    const bool a_worker = !in_process && random() % 3 == 0;
    if (a_worker) wait_until([&] { return !program.running() || !program.children().empty(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 200));
    if (a_worker) {
      const std::vector<pid_t> workers = program.children();
      if (!workers.empty() && program.running()) {
        ::kill(workers[random() % workers.size()], SIGKILL);
        ++kills, ++kills_of_workers;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 50));
    }
    if (!program.running()) {
      program.wait();
      continue;
    }
    program.kill(SIGKILL);
    program.wait();
    ++kills;
  }
  CHECK(kills >= 50);
  if (!in_process) CHECK(kills_of_workers >= 5);

  const Ran last = run_fake(disturbed.path(), arguments);
  INFO(last.out << last.err);
  CHECK(last.status == 0);
  CHECK(artifacts(disturbed.path()) == artifacts(undisturbed.path()));
  CHECK(artifacts(disturbed.path()).size() == 64);
  CHECK(manifest_rows(disturbed.path()) == manifest_rows(undisturbed.path()));
}

}  // namespace
}  // namespace funcorr
