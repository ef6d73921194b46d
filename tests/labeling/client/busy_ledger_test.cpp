// Another program holds the manifest's write lock, and processes die: nothing that was received is lost.
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <csignal>
#include <fstream>
#include <mutex>
#include <optional>
#include <set>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/labeling/client/engine_fixture.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)

constexpr int kInFlight = 4;
constexpr int kPatience_ms = 20;

Provider provider_of(const ScriptedServer& server) {
  Provider provider = provider_at(server.url());
  provider.limits.concurrency = kInFlight;
  provider.timeouts = {2, 30, 30, 60};
  return provider;
}

// Lets no request through before as many have come as can be in flight, and something is done then; counts
// them.
class Gate {
 public:
  explicit Gate(std::function<void()> when_full) : when_full_(std::move(when_full)) {}
  void pass() {
    std::unique_lock lock(mutex_);
    if (++arrived_ == kInFlight) {
      when_full_();
      full_.notify_all();
    }
    full_.wait(lock, [this] { return arrived_ >= kInFlight; });
  }
  int arrived() {
    const std::lock_guard lock(mutex_);
    return arrived_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable full_;
  std::function<void()> when_full_;
  int arrived_ = 0;
};

// What another program does that writes to the manifest for a long time.
class Lock {
 public:
  explicit Lock(const std::filesystem::path& manifest) : file_(manifest) {}
  void take() {
    manifest_.emplace(file_);
    transaction_.emplace(*manifest_);
  }
  void release() {
    transaction_.reset();
    manifest_.reset();
  }

 private:
  std::filesystem::path file_;
  std::optional<Manifest> manifest_;
  std::optional<Transaction> transaction_;
};

std::vector<std::string> files_beside(const std::filesystem::path& manifest, const std::string& kind) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(manifest.parent_path()))
    if (entry.path().filename().string().find(kind) != std::string::npos) files.push_back(entry.path());
  return files;
}

// Nothing is on its way, and all that was answered lies beside the manifest.
bool all_are_aside(const Engine& engine) {
  const EngineStatistics now = engine.statistics();
  return now.in_flight == 0 && now.calls >= kInFlight &&
         now.ledger_wait.find(" " + std::to_string(now.calls) + " answers are set aside") !=
             std::string::npos;
}

// Asks `count` questions; `look` is called ten times a second and stops it by true.
RunEnd ask(const std::filesystem::path& manifest, const ScriptedServer& server, int count,
           const std::function<bool(const Engine&)>& look, std::multiset<std::string>& answers) {
  ManifestLedger ledger(manifest, kPatience_ms);
  Engine engine(quick_options(), {provider_of(server)}, ledger);
  for (int i = 0; i < count; ++i)
    engine.submit(chat(std::to_string(i)), [&answers](const Answer& answer) {
      answers.insert(answer.answered ? answer.text : answer.error);
    });
  return engine.run([&] { return look(engine); });
}

std::multiset<std::string> echoes(int count) {
  std::multiset<std::string> texts;
  for (int i = 0; i < count; ++i) texts.insert(std::to_string(i) + " #0");
  return texts;
}

// The same in a process that kills itself as soon as `look` says so.
void ask_and_die(const std::filesystem::path& manifest, const ScriptedServer& server, int count,
                 const std::function<bool(const Engine&)>& look) {
  const pid_t child = fork();
  if (child == 0) {
    std::multiset<std::string> answers;
    ask(
        manifest, server, count,
        [&](const Engine& engine) {
          if (look(engine)) kill(getpid(), SIGKILL);
          return false;
        },
        answers);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
}

}  // namespace

TEST_CASE(
    "While another program holds the manifest answers wait, nothing is sent, and the run goes on after") {
  const TemporaryFolder folder;
  const auto manifest = folder / "manifest.sqlite";
  Lock lock(manifest);
  Gate gate([&] { lock.take(); });
  const ScriptedServer server([&](const auto& request, auto& response) {
    gate.pass();
    echo(request, response);
  });
  std::multiset<std::string> answers;
  int arrived_while_locked = 0;
  const auto look = [&](const Engine& engine) {
    if (!all_are_aside(engine) || arrived_while_locked > 0) return false;
    CHECK(engine.statistics().ledger_wait.find("locked") != std::string::npos);
    CHECK(progress_text(engine.statistics(), 1).find("locked") != std::string::npos);
    CHECK(files_beside(manifest, "-answers-").size() == 1);
    CHECK(answers.empty());
    arrived_while_locked = gate.arrived();
    lock.release();
    return false;
  };
  CHECK(ask(manifest, server, 20, look, answers).kind == RunEnd::Kind::kDone);
  CHECK(arrived_while_locked >= kInFlight);
  CHECK(arrived_while_locked < 20);
  CHECK(answers == echoes(20));
  CHECK(gate.arrived() == 20);  // none was asked twice
  CHECK(files_beside(manifest, "-answers-").empty());
  CHECK(files_beside(manifest, "-sent-").empty());
  Manifest opened(manifest);
  CHECK(Ledger(opened).spend().billed_calls == 20);
}

TEST_CASE("A run that is stopped while the manifest is locked leaves its answers to the next") {
  const TemporaryFolder folder;
  const auto manifest = folder / "manifest.sqlite";
  Lock lock(manifest);
  Gate gate([&] { lock.take(); });
  const ScriptedServer server([&](const auto& request, auto& response) {
    gate.pass();
    echo(request, response);
  });
  std::multiset<std::string> answers;
  CHECK(ask(manifest, server, 20, all_are_aside, answers).kind == RunEnd::Kind::kStopped);
  CHECK(answers.empty());
  CHECK(gate.arrived() < 20);
  lock.release();
  const auto files = files_beside(manifest, "-answers-");
  REQUIRE(files.size() == 1);
  std::ofstream(files.front(), std::ios::app) << "torn";
  std::vector<std::string> warnings;
  ManifestLedger next(manifest, kPatience_ms, [&](const std::string& text) { warnings.push_back(text); });
  next.mark_in_doubt();
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("the last 4 bytes") != std::string::npos);
  next.mark_in_doubt();
  CHECK(warnings.size() == 1);  // once
  Manifest opened(manifest);
  Ledger reader(opened);
  CHECK(reader.spend().answered == gate.arrived());
  CHECK(files_beside(manifest, "-answers-").empty());
  CHECK(reader.mark_in_doubt() == 0);
  CHECK(reader.spend().answered == gate.arrived());
}

TEST_CASE("A process that is killed while the manifest is locked loses no answer that was set aside") {
  const TemporaryFolder folder;
  const auto manifest = folder / "manifest.sqlite";
  { Manifest made(manifest); }
  Lock lock(manifest);
  Gate gate([&] { lock.take(); });
  const ScriptedServer server([&](const auto& request, auto& response) {
    gate.pass();
    echo(request, response);
  });
  ask_and_die(manifest, server, 20, all_are_aside);
  CHECK(files_beside(manifest, "-answers-").size() == 1);
  lock.release();
  std::multiset<std::string> answers;
  CHECK(ask(
            manifest, server, 20, [](const Engine&) { return false; }, answers)
            .kind == RunEnd::Kind::kDone);
  CHECK(answers == echoes(20));
  CHECK(gate.arrived() == 20);
  Manifest opened(manifest);
  CHECK(Ledger(opened).spend().in_doubt == 0);
  CHECK(Ledger(opened).spend().billed_calls == 20);
  CHECK(files_beside(manifest, "-answers-").empty());
  CHECK(files_beside(manifest, "-sent-").empty());
}

TEST_CASE("Of a killed process only what went to a socket is in doubt, call by call") {
  const TemporaryFolder folder;
  const auto manifest = folder / "manifest.sqlite";
  { Manifest made(manifest); }
  std::atomic<bool> has_begun = false;
  std::mutex held;
  held.lock();
  Gate gate([&] { has_begun = true; });
  const ScriptedServer server([&](const auto& request, auto& response) {
    gate.pass();
    const std::lock_guard wait(held);  // answers when all is over
    echo(request, response);
  });
  const pid_t child = fork();
  if (child == 0) {
    ManifestLedger ledger(manifest, kPatience_ms);
    Provider provider = provider_of(server);
    provider.max_n = 2;
    Engine engine(quick_options(), {provider}, ledger);
    for (int i = 0; i < 50; ++i) engine.submit(chat(std::to_string(i), 2), [](const Answer&) {});
    engine.run({});
    _exit(0);
  }
  while (!has_begun) usleep(1000);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  held.unlock();
  Manifest opened(manifest);
  Ledger ledger(opened);
  CHECK(ledger.spend().samples > 2 * kInFlight);  // claimed ahead
  const std::int64_t marked = ledger.mark_in_doubt();
  CHECK(marked >= 2 * static_cast<std::int64_t>(server.requests()));
  CHECK(marked <= 2 * kInFlight);
  const Ledger::Spend spend = ledger.spend();
  CHECK(spend.samples == marked);
  CHECK(spend.in_doubt == marked);
  CHECK(2 * spend.calls == marked);
  CHECK(std::abs(spend.reserved - ledger.account("p").reserved) < 1e-9);
  CHECK(files_beside(manifest, "-sent-").empty());
}

}  // namespace funcorr
