#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/runtime_stage.h"

namespace funcorr {

// The stage's interface before jobs and products had types: goes with its last user.
struct ItemResult {
  Outcome outcome = Outcome::kDone;
  std::string error;       // one line for people; empty when done
  std::string error_kind;  // short stable word to group by, "no_triangles"
  // What commit() needs; travels from the worker as one line of JSON, at most 64 MB.
  nlohmann::json output = nlohmann::json::object();
  double retry_after_seconds = 0;
  static ItemResult done(nlohmann::json output = nlohmann::json::object()) {
    return {Outcome::kDone, {}, {}, std::move(output)};
  }
  static ItemResult skipped(std::string kind, std::string why) {
    return {Outcome::kSkipped, std::move(why), std::move(kind)};
  }
  static ItemResult rejected(std::string kind, std::string why) {
    return {Outcome::kRejected, std::move(why), std::move(kind)};
  }
  static ItemResult transient(std::string kind, std::string why) {
    return {Outcome::kTransient, std::move(why), std::move(kind)};
  }
  static ItemResult fatal(std::string kind, std::string why) {
    return {Outcome::kFatal, std::move(why), std::move(kind)};
  }
};

class Stage : public RuntimeStage {
 public:
  virtual OptionTable options() const = 0;
  virtual void list_items(StageContext& context, ItemSink& sink) = 0;
  virtual nlohmann::json describe(StageContext&, const std::string&) { return nlohmann::json::object(); }
  virtual ItemResult work(StageContext&, const std::string&, const nlohmann::json&) {
    throw std::logic_error("stage " + name() + " has neither work() nor run_in_process()");
  }
  virtual void commit(StageContext&, const std::string&, const ItemResult&) {}
  struct Claimed {
    std::string key;
    nlohmann::json job;
    int attempt = 1;
  };
  virtual void run_in_process(StageContext& context, const std::vector<Claimed>& items,
                              const std::function<void(const std::string& key, ItemResult)>& finish) {
    for (const Claimed& item : items) {
      if (context.stop_requested()) return;
      finish(item.key, work(context, item.key, item.job));
    }
  }

  bool in_process() const override { return false; }
  int batch_size() const override { return 64; }
  std::string progress_note() override { return {}; }
  void begin(StageContext&) override {}
  void end(StageContext&) override {}
  std::vector<std::filesystem::path> readable_folders(StageContext&) override { return {}; }

 private:
  OptionTable option_table() const override { return options(); }
  RunOptions run_defaults() const override { return {}; }
  void use(const Options& resolved) override { resolved_ = resolved; }
  bool only_estimates() const override {
    return options().find("estimate") && resolved_.get_bool("estimate");
  }
  void list(StageContext& context, ItemSink& sink) override { list_items(context, sink); }
  std::any describe_any(StageContext& context, const std::string& key) override {
    return this->describe(context, key);
  }
  void commit_any(StageContext& context, const std::string& key, const std::any& product) override {
    commit(context, key, ItemResult::done(std::any_cast<const nlohmann::json&>(product)));
  }
  void begin_worker(const WorkContext& from) override {
    context_.workspace = from.workspace;
    context_.options = resolved_;
    context_.seed = from.seed;
    context_.threads = from.threads;
    context_.stop_requested = [] { return false; };
  }
  static Result<std::any> erased(ItemResult result) {
    if (result.outcome == Outcome::kDone) return std::any(std::move(result.output));
    return Ending{result.outcome, result.error_kind, result.error, result.retry_after_seconds};
  }
  Result<std::any> work_any(const std::string& key, const nlohmann::json& job) override {
    return erased(work(context_, key, job));
  }
  void run(StageContext& context, std::vector<RuntimeStage::Claimed> items, const Finish& finish) override {
    std::vector<Claimed> old;
    for (RuntimeStage::Claimed& item : items)
      old.push_back({item.key, std::any_cast<nlohmann::json>(item.job), item.attempt});
    run_in_process(context, old, [&](const std::string& key, ItemResult result) {
      finish(key, erased(std::move(result)));
    });
  }

  Options resolved_;
  StageContext context_;
};

}  // namespace funcorr
