#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "db/format/options.h"
#include "labeling/client/asker.h"
#include "labeling/client/backoff.h"
#include "labeling/client/ledger.h"
#include "labeling/client/provider.h"
#include "labeling/client/request.h"

namespace funcorr {

// What to do about requests whose answers were lost: a crash, a timeout, a dropped connection.
enum class InDoubtPolicy {
  kRepeat,  // ask again; both are counted
  kHold,    // the sample fails with kind "in_doubt", until a run repeats
};
constexpr auto names_of(InDoubtPolicy) {
  return std::to_array<EnumName<InDoubtPolicy>>(
      {{InDoubtPolicy::kRepeat, "repeat"}, {InDoubtPolicy::kHold, "hold"}});
}

struct EngineOptions {
  BackoffPolicy backoff;
  InDoubtPolicy in_doubt = InDoubtPolicy::kRepeat;
  double budget = 0;           // money for this engine's life; 0: none
  double unreachable_s = 120;  // no server of a provider can be reached for so long: the run ends
  double fruitless_s = 1800;   // likewise where servers answer, but with nothing but faults of theirs
  double drain_s = 30;         // after a stop, answers in flight are waited for so long
  std::int64_t max_answer_bytes = 4 << 20;  // a longer answer is cut and fails as "answer_too_large"
  std::filesystem::path batch_folder;       // for files of batches on their way; empty: the system's for such
  std::uint64_t seed = 0;                   // of the jitter
  // Told, on run()'s thread, what people should know while the run goes on, one line each; may be empty.
  std::function<void(const std::string& text)> warn{};

  static const OptionList<EngineOptions>& options();
};

// A snapshot for progress lines.
struct EngineStatistics {
  std::int64_t submitted = 0, answered = 0, from_ledger = 0, failed = 0;  // samples
  std::int64_t found_in_doubt = 0;       // samples that an earlier process left behind
  std::int64_t in_flight = 0;            // calls
  int batches = 0;                       // of the Batch API that are not harvested yet
  std::int64_t calls = 0, in_doubt = 0;  // of this run; attempts that ended in doubt
  std::int64_t tokens_in = 0, tokens_out = 0;
  double spent = 0;                            // by this run, with what is in doubt at its worst
  double reserved = 0;                         // the most that what is in flight can cost
  std::map<std::string, std::int64_t> errors;  // attempts by kind of error, also those that were repeated
  std::string waiting;      // what sending waits for, and how long still; empty: nothing worth saying
  std::string ledger_wait;  // why nothing is sent while another program holds the ledger; empty: it does not
};
// "12.5 answers/s  64 in flight  $1.20 spent  3 timeout": tail of a progress line.
std::string progress_text(const EngineStatistics& statistics, double elapsed_s);

// Asks, many at once, and never loses or repeats a paid answer. One thread runs it: the one that calls run(),
// on which all callbacks come; a second one, its own, commits to the ledger. Every intent is durable before
// its request is sent, and every raw answer before it is delivered.
class Engine : public Asker {
 public:
  // Reads the API keys from the environment. Throws UsageError for a provider that cannot be (missing key:
  // the message names the variable).
  Engine(const EngineOptions& options, std::vector<Provider> providers, RequestLedger& ledger);
  ~Engine() override;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void submit(ChatRequest request, OnAnswer on_answer) override;
  void submit(EmbeddingRequest request, OnEmbedding on_embedding) override;

  // stop_requested is asked ten times a second; what is then in flight is waited for
  // (EngineOptions::drain_s).
  RunEnd run(const std::function<bool()>& stop_requested, const std::function<bool()>& refill = {}) override;

  EngineStatistics statistics() const;  // from any thread

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace funcorr
