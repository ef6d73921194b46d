#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "labeling/client/engine.h"
#include "labeling/prompt/prompt.h"
#include "pipeline/stage.h"

namespace funcorr {

class ManifestLedger;

// What a stage that pays for answers holds: the engine, its ledger in the manifest, and the sampling that its
// options ask for. Made of the stage's options (asking_options).
class Asking {
 public:
  Asking();
  ~Asking();

  // In the stage's begin(). Throws UsageError for options that cannot be, and for a missing API key.
  void open(const StageContext& context);

  bool is_open() const { return engine_ != nullptr; }
  Engine& engine() { return *engine_; }
  // A request for one answer to these messages; the caller adds picture, samples, schema and tag.
  ChatRequest request(const std::vector<Prompt::Message>& messages) const;
  // Of stages with embedding options.
  EmbeddingRequest embedding_request(std::vector<std::string> texts) const;
  RunEnd run(const std::function<bool()>& stop_requested, const std::function<bool()>& refill = {});

  std::string progress_note() const;               // any thread
  void report(const StageContext& context) const;  // what the run asked for and spent, to stdout

 private:
  std::string provider_, model_, embedding_provider_, embedding_model_;
  Sampling sampling_;
  std::unique_ptr<ManifestLedger> ledger_;
  std::unique_ptr<Engine> engine_;
  std::atomic<const Engine*> shown_ = nullptr;
  std::chrono::steady_clock::time_point started_;
};

// An answer in which the model, or a filter before it, would not say anything; and how, for people.
bool is_refusal(const Answer& answer);
std::string refusal_text(const Answer& answer);

// The prompt that an option names, else the `shipped` one. Throws UsageError for a file that is no prompt.
Prompt read_prompt_of(const Options& options, const std::string& option,
                      const std::filesystem::path& shipped);

}  // namespace funcorr
