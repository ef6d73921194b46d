#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "db/format/hash.h"
#include "db/format/json.h"
#include "db/manifest/pilot.h"
#include "db/manifest/spend.h"
#include "labeling/asking/asking.h"
#include "labeling/asking/complaint.h"
#include "labeling/asking/estimate.h"
#include "labeling/asking/provider_defaults.h"
#include "pipeline/data_file.h"
#include "pipeline/stage.h"
#include "stages/manifest_ledger.h"

namespace funcorr {

inline Ending ending_of(const AskingFailure& failure) {
  switch (failure.kind) {
    case AskingFailure::Kind::kUnanswered:
      return transient(failure.error_kind, failure.error);
    case AskingFailure::Kind::kRefused:
      return rejected(failure.error_kind, failure.error);
    case AskingFailure::Kind::kFatal:
      break;
  }
  return fatal(failure.error_kind, failure.error);
}
template <typename Value>
Result<Value> result_of(Asked<Value> asked) {
  if (asked.value) return std::move(*asked.value);
  return ending_of(asked.failure);
}

// What the stages that pay for answers have in common: the engine and its ledger in the manifest, what a run
// is estimated at, and what it spent. TheOptions has AskingOptions as its member `asking`, and either
// ImageOptions as `images` or EmbeddingOptions as `embedding`.
template <typename TheOptions, typename TheJob, typename TheProduct>
class PayingStage : public InProcessStage<TheOptions, TheJob, TheProduct> {
 public:
  int batch_size() const override { return items_at_once(this->options().asking, items_by_http()); }
  std::int64_t most_items() const override { return this->options().asking.limit; }
  bool only_estimates() const override { return this->options().asking.estimate; }
  std::vector<ImpliedValue> implied_values(const TheOptions& options) const override {
    std::vector<std::filesystem::path> files = {data_file("prices.json")};
    if (!options.asking.prices.empty()) files.insert(files.begin(), options.asking.prices);
    const ImageOptions* images = nullptr;
    const EmbeddingOptions* embedding = nullptr;
    if constexpr (kEmbeds)
      embedding = &options.embedding;
    else
      images = &options.images;
    return funcorr::implied_values(options.asking, images, embedding, PriceTable::read(files));
  }
  std::string progress_note() override {
    const Engine* engine = shown_;
    if (!engine) return {};
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started_;
    const std::string pilot = asking_->pilot() ? asking_->pilot()->progress() : std::string();
    return (pilot.empty() ? "" : pilot + "  ") + progress_text(engine->statistics(), elapsed.count());
  }

 protected:
  // Items that are asked for at the same time, but for the batch transport.
  virtual int items_by_http() const { return 64; }

  // In begin(). `setup`: the prompts' content, and all else besides model and sampling that a pilot is for;
  // `advice`: PilotPlan::advice. Throws UsageError for options that cannot be, and for a missing API key.
  void open(StageContext& context, const std::string& setup, std::function<std::string()> advice = {}) {
    AskingOptions asking = this->options().asking;
    asking.engine.warn = [stage = this->name()](const std::string& text) {
      spdlog::warn("{}: {}", stage, text);
    };
    ledger_ = std::make_unique<ManifestLedger>(context.workspace.manifest(), 1000, asking.engine.warn);
    engine_ = make_engine(asking, providers(), context.workspace.root / "batch", context.seed, *ledger_);
    EmbeddingOptions embedding;
    if constexpr (kEmbeds) embedding = this->options().embedding;
    asking_.emplace(this->options().asking, *engine_, context.stop_requested, embedding);
    start_pilot(context, setup, std::move(advice));
    started_ = std::chrono::steady_clock::now();
    shown_ = engine_.get();
  }
  Asking& asking() { return *asking_; }
  // Of a pilot with this setup, as open() takes it.
  PilotKey pilot_key(const std::string& setup) const {
    const AskingOptions& asking = this->options().asking;
    nlohmann::json all = {{"", setup}};  // and what else an answer depends on
    for (const auto& option : AskingOptions::options().options())
      if (option.described().effect != Effect::kNone && option.read(asking) != false)
        all[option.described().name] = option.read(asking);
    return {this->name(), asking.provider.name, asking.model, sha256_hex(json_text(all), 32)};
  }

  // Whom the engine asks, the model itself first.
  virtual std::vector<Provider> providers() const {
    if constexpr (kEmbeds)
      return providers_of(this->options().asking, this->options().embedding);
    else
      return providers_of(this->options().asking, this->options().images);
  }

  // The most of an answer; 0 where it is not limited.
  virtual std::int64_t answer_tokens() const {
    const AskingOptions& asking = this->options().asking;
    return asking.sampling.max_tokens.value_or(static_cast<int>(asking.provider.answer_tokens));
  }

  // With --estimate: prints requests, tokens, money and hours. In a run: notes for stats_spend what its end
  // should have cost.
  void tell_estimate(StageContext& context, AskingPlan plan) const {
    const AskingOptions& asking = this->options().asking;
    plan.most_tokens_out = static_cast<double>(answer_tokens());
    if (plan.most_tokens_in > 0)
      plan.most_tokens_in += static_cast<double>(asking.provider.extra_body.size());
    if (asking.ask_again) plan.allow_complaints();
    if (!asking.estimate && !engine_) return;
    const Provider provider = providers().front();
    const Price& price = provider.price_of(asking.model);
    const auto past = past_answers(context.manifest, this->name(), provider.name, asking.model);
    if (asking.estimate) std::cout << estimate_text(plan, past, provider, price) << origins_text();
    if (engine_)
      replace_spend_estimates(context.manifest, this->name(), provider.name, asking.model,
                              expected_spend(plan, past, provider, price));
  }

  // In end(): what the run asked for and spent, to stdout.
  void report(const StageContext& context) const {
    if (!engine_ || context.json_output) return;
    const EngineStatistics all = engine_->statistics();
    if (all.submitted == 0) return;
    std::cout << fmt::format(
        "{} answers: {} bought now by {} calls, {} from the ledger, {} failed; {:.4f} spent, {} calls in "
        "doubt\n",
        all.submitted, all.answered - all.from_ledger, all.calls, all.from_ledger, all.failed, all.spent,
        all.in_doubt);
  }

 private:
  static constexpr bool kEmbeds = requires(const TheOptions& options) { options.embedding; };

  // Where the values come from that nobody set: presets and prices, with their dates.
  std::string origins_text() const {
    std::vector<std::string> origins;
    for (const ImpliedValue& each : this->implied())
      if (std::ranges::find(origins, each.where) == origins.end()) origins.push_back(each.where);
    std::string text;
    for (const std::string& origin : origins) text += "by " + origin + "\n";
    return text;
  }

  void start_pilot(StageContext& context, const std::string& setup, std::function<std::string()> advice) {
    PilotPlan plan;
    plan.has_passed = passed_pilot(context.manifest, pilot_key(setup)).has_value();
    plan.passed = [this, key = pilot_key(setup), &context](const PilotCounts& counts) {
      const AskingOptions& asking = this->options().asking;
      const std::string hint = complaint_advice(counts, asking.price);
      if (!asking.ask_again && !hint.empty()) spdlog::info("{}: {}", this->name(), hint);
      store_passed_pilot(context.manifest, key, {counts.answers, counts.usable()});
    };
    plan.advice = std::move(advice);
    if (!plan.advice)
      plan.advice = [] {
        return "an answer must be JSON, as the prompt says; where the server enforces schemas, set "
               "json_schema";
      };
    asking_->use_pilot(std::move(plan));
  }

  std::unique_ptr<ManifestLedger> ledger_;
  std::unique_ptr<Engine> engine_;
  std::optional<Asking> asking_;
  std::atomic<const Engine*> shown_ = nullptr;
  std::chrono::steady_clock::time_point started_;
};

}  // namespace funcorr
