// A server on which everything goes wrong, and processes that are killed: nothing is lost, nothing bought
// twice but what was in doubt, and that is counted. FUNCORR_CHAOS_REQUESTS and FUNCORR_KILLS make the tests
// longer.
#include <atomic>
#include <chrono>
#include <csignal>
#include <map>
#include <thread>
#include <unordered_map>

#include <sys/wait.h>
#include <unistd.h>

#include "db/format/random.h"
#include "tests/labeling/client/engine_fixture.h"
#include "tests/labeling/client/server_process.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)

// What befalls the n-th arrival of a body is drawn from both.
class FaultyServer {
 public:
  FaultyServer() : server_([this](const auto& request, auto& response) { serve(request, response); }) {}
  std::string url() const { return server_.url(); }
  std::int64_t billed() const { return billed_; }
  std::int64_t refused() const { return refused_; }

 private:
  void serve(const httplib::Request& request, httplib::Response& response) {
    const auto body = std::hash<std::string>{}(request.body);
    int arrival = 0;
    {
      const std::lock_guard lock(mutex_);
      arrival = arrivals_[body]++;
    }
    const double chance = Random(mix64(body) + static_cast<std::uint64_t>(arrival)).uniform();
    if (chance < 0.02) {
      ++refused_;
      response.set_header("retry-after-ms", "10");
      return reply(response, api_error("rate_limit_exceeded"), 429);
    }
    if (chance < 0.03) {
      ++refused_;
      return reply(response, api_error("server_error"), 500);
    }
    ++billed_;
    echo(request, response);
    const std::string whole = response.body;
    if (chance < 0.035) {  // hangs before the first byte
      std::this_thread::sleep_for(std::chrono::milliseconds(2500));
    } else if (chance < 0.04) {  // hangs in the middle
      send_half(response, whole, true);
    } else if (chance < 0.05) {  // drops the connection
      send_half(response, whole, false);
    } else if (chance < 0.08) {
      response.set_content(whole.substr(0, whole.size() / 2), "application/json");
    }
  }

  static void send_half(httplib::Response& response, const std::string& whole, bool hang) {
    response.body.clear();
    response.set_content_provider(whole.size(), "application/json",
                                  [whole, hang](std::size_t at, std::size_t, httplib::DataSink& sink) {
                                    if (at == 0) return sink.write(whole.data(), whole.size() / 2);
                                    if (hang) std::this_thread::sleep_for(std::chrono::milliseconds(2500));
                                    return false;
                                  });
  }

  std::mutex mutex_;
  std::unordered_map<std::size_t, int> arrivals_;
  std::atomic<std::int64_t> billed_{0}, refused_{0};
  ScriptedServer server_;
};

// Asks for `count` samples, in a process of its own; how it ended: 0 when each was answered once.
pid_t start_asking(const std::string& url, const std::filesystem::path& manifest, int count) {
  const pid_t child = fork();
  if (child != 0) return child;
  int status = 1;
  try {
    ManifestLedger ledger(manifest);
    Engine engine(quick_options(), {provider_at(url)}, ledger);
    std::map<std::string, int> answers;
    int made = 0;
    const auto refill = [&] {
      for (int i = 0; i < 50 && made < count; ++i) {
        const std::string item = std::to_string(made++);
        engine.submit(chat(item),
                      [&answers, item](const Answer& answer) { answers[item] += answer.answered ? 1 : 0; });
      }
      return made < count;
    };
    const RunEnd end = engine.run({}, refill);
    const bool once = std::ranges::all_of(answers, [](const auto& entry) { return entry.second == 1; });
    status = end.kind == RunEnd::Kind::kDone && once && static_cast<int>(answers.size()) == count ? 0 : 1;
    if (status != 0) std::fprintf(stderr, "%s\n", end.error.c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  _exit(status);
}

int status_of(pid_t child) {
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Ledger::Spend spend_in(const std::filesystem::path& manifest) {
  Manifest opened(manifest);
  Ledger ledger(opened);
  ledger.mark_in_doubt();
  return ledger.spend();
}

}  // namespace

TEST_CASE("On a server where much goes wrong every request is answered once, and the bills agree") {
  const int count = amount("FUNCORR_CHAOS_REQUESTS", 2000);
  FaultyServer server;
  Provider provider = provider_at(server.url());
  provider.timeouts.first_byte = provider.timeouts.stall = 1.5;
  EngineOptions options = quick_options();
  options.backoff.max_attempts = 20;
  Asking asking(provider, options);
  std::vector<int> answers(static_cast<std::size_t>(count));
  std::int64_t wrong = 0;
  int made = 0;
  const auto refill = [&] {
    for (int i = 0; i < 50 && made < count; ++i, ++made)
      asking.engine.submit(chat(std::to_string(made)), [&, item = made](const Answer& answer) {
        ++answers[static_cast<std::size_t>(item)];
        wrong += answer.text != std::to_string(item) + " #0" ? 1 : 0;
      });
    return made < count;
  };
  CHECK(asking.engine.run({}, refill).kind == RunEnd::Kind::kDone);
  CHECK(std::ranges::count(answers, 1) == count);
  CHECK(wrong == 0);
  const Ledger::Spend spend = asking.spend();
  auto errors = asking.engine.statistics().errors;
  const std::int64_t never_sent =
      errors["connection_failed"];  // a busy machine lets a connection wait too long
  CAPTURE(nlohmann::json(errors).dump());
  CHECK(spend.answered == count);
  CHECK(server.billed() > count);  // there were faults
  // Whatever arrived is in the ledger, once.
  CHECK(spend.samples - never_sent == server.billed() + server.refused());
  CHECK(spend.failed == spend.samples - count - spend.in_doubt);
  CHECK(spend.billed_calls <= server.billed());
  CHECK(server.billed() <= spend.billed_calls + spend.in_doubt);
  CHECK(spend.in_doubt <= errors["timeout"] + errors["connection_lost"]);  // a begun answer is not in doubt
  CHECK(asking.engine.statistics().in_doubt == spend.in_doubt);
}

TEST_CASE("Killed at any moment, nothing is lost or bought twice but what was in doubt") {
  const int kills = amount("FUNCORR_KILLS", 24), count = 150 * kills;
  const SimulatedServerProcess server({"--latency", "0.003", "--model", "m"});
  const TemporaryFolder folder;
  Random random(7);
  int killed = 0;
  while (killed < kills) {
    const pid_t child = start_asking(server.url(), folder / "manifest.sqlite", count);
    std::this_thread::sleep_for(std::chrono::duration<double>(0.02 + 0.25 * random.uniform()));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status)) break;  // it was done
    ++killed;
  }
  CHECK(status_of(start_asking(server.url(), folder / "manifest.sqlite", count)) == 0);
  const Ledger::Spend spend = spend_in(folder / "manifest.sqlite");
  const nlohmann::json bill = server.bill();
  const auto billed = bill["billed_requests"].get<std::int64_t>();
  CAPTURE(killed, count, billed, spend.in_doubt, spend.billed_calls);
  CHECK(killed > 0);
  CHECK(spend.answered == count);
  CHECK(billed >= spend.billed_calls);
  CHECK(billed <= spend.billed_calls + spend.in_doubt);
  CHECK(bill["repeated_answers"].get<std::int64_t>() <= spend.in_doubt);
}

TEST_CASE("Two processes on one manifest buy nothing twice") {
  const int count = 600;
  const SimulatedServerProcess server({"--latency", "0.01", "--model", "m"});
  const TemporaryFolder folder;
  { Manifest manifest(folder / "manifest.sqlite"); }
  const pid_t one = start_asking(server.url(), folder / "manifest.sqlite", count);
  const pid_t other = start_asking(server.url(), folder / "manifest.sqlite", count);
  CHECK(status_of(one) == 0);
  CHECK(status_of(other) == 0);
  CHECK(server.bill()["billed_requests"] == count);
  CHECK(spend_in(folder / "manifest.sqlite").billed_calls == count);
  CHECK(spend_in(folder / "manifest.sqlite").in_doubt == 0);
}

}  // namespace funcorr
