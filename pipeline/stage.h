#pragma once

#include <any>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "db/format/members.h"
#include "pipeline/runtime_stage.h"

namespace funcorr {

// Of a stage without options of its own.
struct NoOptions {
  static const OptionList<NoOptions>& options() {
    static const OptionList<NoOptions> none{};
    return none;
  }
};

// The job of items that their keys say all of; the product of work that leaves no rows.
struct Nothing {
  static constexpr auto members() { return std::tuple{}; }
};

// The stage process's half of a stage: which items there should be, what is known of one, and which rows a
// finished one leaves. TheOptions lists its options (db/format/options.h). The runtime (pipeline/) does
// command line, leases, workers, limits, retries, progress, signals and exit statuses.
template <typename TheOptions, typename TheJob, typename TheProduct>
class TypedStage {
 public:
  using StageOptions = TheOptions;
  using Job = TheJob;
  using Product = TheProduct;

  virtual ~TypedStage() = default;
  virtual std::string name() const = 0;
  virtual std::string summary() const = 0;                // first line of --help
  virtual RunOptions run_defaults() const { return {}; }  // of the options that all stages share
  // A stage whose settings hold here too, beneath this one's own; empty: none.
  virtual std::string follows() const { return {}; }
  // What the options that were set imply for those that were not; every value's origin is shown.
  virtual std::vector<ImpliedValue> implied_values(const TheOptions& options) const {
    (void)options;
    return {};
  }

  // Every item there should be, in any order. A dry run (-n) lists too.
  virtual void list(StageContext& context, ItemSink& sink) = 0;
  // What the work needs to know of an item, from the manifest. Throwing marks the item failed.
  virtual Job describe(StageContext& context, const std::string& key) = 0;
  // Inside the transaction that also finishes the item: stores its rows. May be called again for the same
  // product after a rollback. Throwing is a failed attempt. Use this call's context: an in-process stage's
  // is called on the runtime's commit thread, whose manifest is a connection of its own.
  virtual void commit(StageContext& context, const std::string& key, const Product& product) {
    (void)context;
    (void)key;
    (void)product;
  }

  // begin: after the manifest is open and before list, which may use what it stored; not in a dry run, which
  // must change nothing. end: after the last commit, unless the run was interrupted or had to stop; summaries
  // go to stdout (not with context.json_output).
  virtual void begin(StageContext& context) { (void)context; }
  virtual void end(StageContext& context) { (void)context; }
  virtual std::string progress_note() { return {}; }  // tail of the progress line; from the progress thread
  virtual int batch_size() const { return 64; }       // items claimed at once
  // Items that one run does; the others are left as they are. 0: all. Of stages that work in the stage
  // process.
  virtual std::int64_t most_items() const { return 0; }
  // A run that is a dry one, as it only prints an estimate while it lists.
  virtual bool only_estimates() const { return false; }

  const StageOptions& options() const { return options_; }
  void use(StageOptions options) { options_ = std::move(options); }
  // Those of implied_values() that hold.
  const std::vector<ImpliedValue>& implied() const { return implied_; }
  void note_implied(std::vector<ImpliedValue> implied) { implied_ = std::move(implied); }

 private:
  StageOptions options_;
  std::vector<ImpliedValue> implied_;
};

// A stage whose items are done in worker processes, by a class of its own:
//   class MaskWorker {
//    public:
//     MaskWorker(const MaskOptions& options, const WorkContext& context);   // once, inside the sandbox
//     Result<MaskProduct> work(const std::string& key, const MaskJob& job);
//   };
// Job and product travel as JSON, by their members() (db/format/members.h), of at most 64 MB. work() writes
// artifacts through write_artifact(). Throwing std::exception is a failed attempt, tried again until
// max_attempts; a StoppingError stops the stage.
template <typename TheOptions, typename TheJob, typename TheProduct>
class WorkerStage : public TypedStage<TheOptions, TheJob, TheProduct> {
 public:
  // Folders that workers may read besides the workspace, which they may write: HDRIs, asset roots.
  virtual std::vector<std::filesystem::path> readable_folders(StageContext& context) {
    (void)context;
    return {};
  }
  // Do workers compute on a GPU? Its driver reserves more address space than any limit of memory allows, and
  // opens files all over the system: such workers are not confined.
  virtual bool uses_gpu() const { return false; }
};

// A stage that does its items in the stage process itself, as it needs the manifest, the network or all cores
// (catalog, parts, ground, train, report).
template <typename TheOptions, typename TheJob, typename TheProduct>
class InProcessStage : public TypedStage<TheOptions, TheJob, TheProduct> {
 public:
  struct Claimed {
    std::string key;
    TheJob job;
    int attempt = 1;
  };
  // From any thread; only queues: the result is stored within a fraction of a second.
  using Finish = std::function<void(const std::string& key, Result<TheProduct> result)>;

  // Gets a batch of claimed items and reports each through `finish` as it ends. Runs on the main thread,
  // which alone may use the context's manifest meanwhile, with no Transaction left open for long: the commit
  // thread waits for it. All that was reported is committed before the next batch. Items that are not
  // reported when it returns count as failed attempts, unless stop_requested() told it to return early; when
  // it throws, likewise, with the exception's text (a StoppingError ends the stage instead). stop_requested()
  // is also true after a fatal outcome.
  virtual void run(StageContext& context, std::vector<Claimed> items, const Finish& finish) = 0;
};

// How the runtime sees a typed stage: what both kinds have in common.
template <typename TheStage>
class StageAdapter : public RuntimeStage {
 public:
  using StageOptions = typename TheStage::StageOptions;
  using Job = typename TheStage::Job;
  using Product = typename TheStage::Product;

  template <typename... Arguments>
  explicit StageAdapter(Arguments&&... arguments) : stage_(std::forward<Arguments>(arguments)...) {}

  std::string name() const override { return stage_.name(); }
  std::string summary() const override { return stage_.summary(); }
  OptionTable option_table() const override { return OptionTable(StageOptions::options().described()); }
  RunOptions run_defaults() const override { return stage_.run_defaults(); }
  std::string follows() const override { return stage_.follows(); }
  void complete(Options& options) override {
    StageOptions so_far;
    options.assign_to(so_far);
    std::vector<ImpliedValue> holding;
    for (ImpliedValue& each : stage_.implied_values(so_far))
      if (options.set_default(each.option, each.value, each.where)) holding.push_back(std::move(each));
    stage_.note_implied(std::move(holding));
  }
  void use(const Options& resolved) override {
    StageOptions options;
    resolved.assign_to(options);
    stage_.use(std::move(options));
  }
  bool only_estimates() const override { return stage_.only_estimates(); }
  int batch_size() const override { return stage_.batch_size(); }
  std::int64_t most_items() const override { return stage_.most_items(); }
  std::string progress_note() override { return stage_.progress_note(); }
  void begin(StageContext& context) override { stage_.begin(context); }
  void list(StageContext& context, ItemSink& sink) override { stage_.list(context, sink); }
  void end(StageContext& context) override { stage_.end(context); }

 protected:
  TheStage stage_;
};

template <typename TheStage, typename Worker>
class WorkerStageAdapter : public StageAdapter<TheStage> {
 public:
  using typename StageAdapter<TheStage>::Job;
  using typename StageAdapter<TheStage>::Product;
  using StageAdapter<TheStage>::StageAdapter;

  bool in_process() const override { return false; }
  std::any describe(StageContext& context, const std::string& key) override {
    return nlohmann::json(this->stage_.describe(context, key));
  }
  void commit(StageContext& context, const std::string& key, const std::any& product) override {
    this->stage_.commit(context, key, std::any_cast<const nlohmann::json&>(product).get<Product>());
  }
  std::vector<std::filesystem::path> readable_folders(StageContext& context) override {
    return this->stage_.readable_folders(context);
  }
  bool uses_gpu() const override { return this->stage_.uses_gpu(); }
  void begin_worker(const WorkContext& context) override { worker_.emplace(this->stage_.options(), context); }
  Result<std::any> work(const std::string& key, const nlohmann::json& job) override {
    Result<Product> result = worker_->work(key, job.get<Job>());
    if (result.outcome() != Outcome::kDone) return result.ending();
    return std::any(nlohmann::json(result.product()));
  }
  void run(StageContext&, std::vector<RuntimeStage::Claimed>, const RuntimeStage::Finish&) override {
    throw std::logic_error("stage " + this->name() + " works in worker processes");
  }

 private:
  std::optional<Worker> worker_;
};

template <typename TheStage>
class InProcessStageAdapter : public StageAdapter<TheStage> {
 public:
  using typename StageAdapter<TheStage>::Job;
  using typename StageAdapter<TheStage>::Product;
  using StageAdapter<TheStage>::StageAdapter;

  bool in_process() const override { return true; }
  std::any describe(StageContext& context, const std::string& key) override {
    return this->stage_.describe(context, key);
  }
  void commit(StageContext& context, const std::string& key, const std::any& product) override {
    this->stage_.commit(context, key, std::any_cast<const Product&>(product));
  }
  void run(StageContext& context, std::vector<RuntimeStage::Claimed> items,
           const RuntimeStage::Finish& finish) override {
    std::vector<typename TheStage::Claimed> typed;
    for (RuntimeStage::Claimed& item : items)
      typed.push_back({std::move(item.key), std::any_cast<Job&&>(std::move(item.job)), item.attempt});
    this->stage_.run(context, std::move(typed), [&finish](const std::string& key, Result<Product> result) {
      if (result.outcome() != Outcome::kDone) return finish(key, result.ending());
      finish(key, std::any(std::move(result.product())));
    });
  }
  std::vector<std::filesystem::path> readable_folders(StageContext&) override { return {}; }
  bool uses_gpu() const override { return false; }
  void begin_worker(const WorkContext&) override {}
  Result<std::any> work(const std::string&, const nlohmann::json&) override {
    throw std::logic_error("stage " + this->name() + " has no workers");
  }
};

// main() of a stage executable: TheStage derives from WorkerStage and Worker does its items, or it derives
// from InProcessStage. `arguments` are those of its constructor.
template <typename TheStage, typename Worker, typename... Arguments>
int stage_main(int argc, char** argv, Arguments&&... arguments) {
  WorkerStageAdapter<TheStage, Worker> stage(std::forward<Arguments>(arguments)...);
  return stage_main(argc, argv, stage);
}
template <typename TheStage, typename... Arguments>
int in_process_stage_main(int argc, char** argv, Arguments&&... arguments) {
  InProcessStageAdapter<TheStage> stage(std::forward<Arguments>(arguments)...);
  return stage_main(argc, argv, stage);
}

}  // namespace funcorr
