#include "stages/asking/asking.h"

#include <filesystem>
#include <iostream>
#include <utility>

#include <fmt/format.h>
#include <sys/prctl.h>

#include "stages/asking/provider_options.h"
#include "stages/manifest_ledger.h"

namespace funcorr {

Asking::Asking() = default;
Asking::~Asking() = default;

void Asking::open(const StageContext& context) {
  const Provider provider = provider_from(context.options);
  provider_ = provider.name;
  model_ = context.options.get_string("model");
  if (model_.empty()) throw UsageError("model: name the model as its server knows it");
  sampling_ = sampling_from(context.options);
  std::vector<Provider> providers{provider};
  if (has_embedding_options(context.options)) {
    embedding_model_ = context.options.get_string("embedding_model");
    providers = with_embedding_provider(provider, context.options);
    embedding_provider_ = providers.back().name;
  }
  // A core dump would hold the key, whoever may read it.
  if (!provider.key_variable.empty()) prctl(PR_SET_DUMPABLE, 0);
  EngineOptions engine_options = engine_options_from(context.options, context.seed);
  if (provider.transport == Transport::kBatch) {
    engine_options.batch_folder = context.workspace.root / "batch";
    std::filesystem::create_directories(engine_options.batch_folder);
  }
  ledger_ = std::make_unique<ManifestLedger>(context.workspace.manifest());
  engine_ = std::make_unique<Engine>(std::move(engine_options), std::move(providers), *ledger_);
  started_ = std::chrono::steady_clock::now();
  shown_ = engine_.get();
}

ChatRequest Asking::request(const std::vector<Prompt::Message>& messages) const {
  ChatRequest request;
  request.provider = provider_;
  request.model = model_;
  request.sampling = sampling_;
  for (const Prompt::Message& message : messages) request.messages.push_back({message.role, message.text});
  return request;
}

EmbeddingRequest Asking::embedding_request(std::vector<std::string> texts) const {
  EmbeddingRequest request;
  request.provider = embedding_provider_;
  request.model = embedding_model_;
  request.inputs = std::move(texts);
  return request;
}

RunEnd Asking::run(const std::function<bool()>& stop_requested, const std::function<bool()>& refill) {
  return engine_->run(stop_requested, refill);
}

std::string Asking::progress_note() const {
  const Engine* engine = shown_;
  if (!engine) return {};
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started_;
  return progress_text(engine->statistics(), elapsed.count());
}

void Asking::report(const StageContext& context) const {
  if (!engine_ || context.json_output) return;
  const EngineStatistics statistics = engine_->statistics();
  if (statistics.submitted == 0) return;
  std::cout << fmt::format(
      "{} answers: {} bought now by {} calls, {} from the ledger, {} failed; {:.4f} spent, {} calls in "
      "doubt\n",
      statistics.submitted, statistics.answered - statistics.from_ledger, statistics.calls,
      statistics.from_ledger, statistics.failed, statistics.spent, statistics.in_doubt);
}

bool is_refusal(const Answer& answer) {
  return !answer.refusal.empty() || answer.finish_reason == "content_filter";
}

std::string refusal_text(const Answer& answer) {
  return answer.refusal.empty() ? "the provider's content filter held the answer back"
                                : "the model refused: " + answer.refusal;
}

Prompt read_prompt_of(const Options& options, const std::string& option,
                      const std::filesystem::path& shipped) {
  try {
    return read_prompt(options.get_string(option).empty() ? shipped : options.get_path(option));
  } catch (const PromptError& error) {
    throw UsageError(error.what());
  }
}

}  // namespace funcorr
