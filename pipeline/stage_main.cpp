#include <algorithm>
#include <iostream>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <stdlib.h>

#include "db/dataset/workspace.h"
#include "db/format/artifact.h"
#include "db/format/hash.h"
#include "db/format/json.h"
#include "pipeline/command_line.h"
#include "pipeline/config.h"
#include "pipeline/disk.h"
#include "pipeline/exit_status.h"
#include "pipeline/run_options.h"
#include "pipeline/runtime_stage.h"
#include "pipeline/stage_run.h"
#include "pipeline/worker.h"

namespace funcorr {

std::string item_fingerprint(const StageContext& context, const std::string& upstream) {
  return context.options_fingerprint + ":" + sha256_hex(upstream, 12);
}

namespace {

std::string as_text(const nlohmann::json& document) { return json_text(document, 2) + "\n"; }

// Passes what the stage wants to the item table in batches.
class Listing : public ItemSink {
 public:
  Listing(Items& items, const StageContext& context, std::string stage, const std::vector<std::string>& only)
      : items_(items),
        manifest_(context.manifest),
        stage_(std::move(stage)),
        context_(context),
        only_(only.begin(), only.end()) {}

  Wanted want(const std::string& key, const std::string& upstream) override {
    std::string fingerprint = item_fingerprint(context_, upstream);
    if (only_.empty() || only_.contains(key)) {
      if (!only_.empty()) found_.insert(key);
      batch_.push_back({key, fingerprint});
      if (batch_.size() >= 4096) flush();
    }
    return {*this, key, std::move(fingerprint)};
  }
  void keep_others(std::function<bool(const std::string& key)> keep) override {
    items_.keep_others(std::move(keep));
  }
  void flush() {
    items_.want(batch_);
    batch_.clear();
  }
  // Of those asked for by name, one that the stage does not want.
  std::optional<std::string> missing() const {
    for (const std::string& key : only_) {
      if (!found_.contains(key)) return key;
    }
    return std::nullopt;
  }

 private:
  bool is_done(const std::string& key, const std::string& fingerprint) const override {
    return done_fingerprint(manifest_, stage_, key) == fingerprint;
  }

  Items& items_;
  Manifest& manifest_;
  std::string stage_;
  const StageContext& context_;
  std::set<std::string> only_, found_;
  std::vector<WantedItem> batch_;
};

Items::Listing list(RuntimeStage& stage, StageContext& context, Items& items, const CommandLine& command) {
  const bool partial = !command.items.empty();
  items.begin_listing({command.dry_run, command.force || partial, partial});
  Listing sink(items, context, stage.name(), command.items);
  stage.list(context, sink);
  sink.flush();
  if (const auto missing = sink.missing()) {
    throw UsageError("--item " + *missing + ": " + stage.name() +
                     " has no such item; is what it is made from up to date? (funcorr why shows the state)");
  }
  return items.end_listing();
}

void check_workspace(const CommandLine& command) {
  const Workspace workspace{command.workspace};
  const std::string remedy = "; make it with: funcorr init " + command.workspace.string();
  if (!std::filesystem::is_directory(command.workspace)) {
    throw EnvironmentError("workspace " + command.workspace.string() + ": there is no such folder" + remedy);
  }
  // A folder where one happens to stand is not made a workspace by accident.
  if (!command.workspace_given && !std::filesystem::exists(workspace.config()) &&
      !std::filesystem::exists(workspace.manifest())) {
    throw EnvironmentError("the current folder " + command.workspace.string() +
                           " is no workspace; name it with --workspace, or" + remedy.substr(1));
  }
}

RunOptions run_options(const Options& options) {
  RunOptions run;
  options.assign_to(run);
  return run;
}

StageContext make_context(const CommandLine& command, const Options& options, Manifest& manifest) {
  const RunOptions run = run_options(options);
  return {Workspace{command.workspace}, manifest, run.seed,    run.preset, options.fingerprint(),
          [] { return false; },         1,        command.json};
}

// A folder that is removed again: a dry run in a workspace without manifest leaves none.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "funcorr-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) throw EnvironmentError("cannot make a temporary folder " + pattern);
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

int dry_run(RuntimeStage& stage, const Options& options, const CommandLine& command) {
  const Workspace workspace{command.workspace};
  const bool fresh = !std::filesystem::exists(workspace.manifest());
  const std::unique_ptr<TemporaryFolder> scratch = fresh ? std::make_unique<TemporaryFolder>() : nullptr;
  Manifest::Options opening;
  opening.read_only = !fresh;
  opening.allow_network_filesystem = run_options(options).allow_network_filesystem;
  Manifest manifest(fresh ? Workspace{scratch->path()}.manifest() : workspace.manifest(), opening);
  StageContext context = make_context(command, options, manifest);
  Items items(manifest, stage.name());
  const nlohmann::json listing = listing_json(stage.name(), list(stage, context, items, command));
  std::cout << (command.json ? as_text(listing) : listing_text(listing));
  return kAllDone;
}

// Failed ones that this run left alone, as they were up to date.
std::int64_t failed_before(Items& items, const RunReport& report, bool partial) {
  if (partial) return 0;
  const auto counts = items.counts();
  const auto failed = counts.find(ItemState::kFailed);
  return failed == counts.end() ? 0 : std::max<std::int64_t>(0, failed->second - report.failed);
}

void print_report(const RunReport& report, const CommandLine& command) {
  if (command.json) {
    std::cout << as_text(to_json(report)) << std::flush;
  } else {
    std::cout << to_text(report) << std::flush;
  }
  if (!report.fatal.empty()) throw EnvironmentError(report.fatal);
}

int run(RuntimeStage& stage, const Options& options, const CommandLine& command) {
  const auto start = Clock::now();
  require_needed_files(
      run_options(options).preset, command.workspace, {stage.name()},
      [&](const Setting& setting) { return options.at(setting.key).source != Options::Source::kPreset; });
  RunSettings settings = run_settings(run_options(options));
  settings.keep_going = command.keep_going;
  settings.verbose = command.verbose || !command.items.empty();
  require_writable_disk(command.workspace, settings.min_free_bytes);

  const StopSignals signals;
  Manifest::Options opening;
  opening.allow_network_filesystem = settings.allow_network_filesystem;
  Manifest manifest(Workspace{command.workspace}.manifest(), opening);
  StageContext context = make_context(command, options, manifest);
  context.threads = stage.in_process() ? settings.workers * settings.threads : settings.threads;
  context.stop_requested = [&] { return signals.stop_requested(); };
  Items items(manifest, stage.name());
  Progress progress(stage.name(), !command.quiet, [&] { return stage.progress_note(); });
  const LogThroughProgress log(progress);

  stage.begin(context);
  if (command.items.empty())
    write_artifact(context.workspace.options(stage.name()),
                   fmt::format("[{}]\n{}", stage.name(), options.print_config()));
  RunReport report;
  report.stage = stage.name();
  report.listing = list(stage, context, items, command);
  report.to_do = to_do_count(report.listing);
  progress.update(report.progress());
  StageRun stage_run{stage, context, options, items, settings, progress, signals, report};
  if (signals.stop_requested()) {
    report.interrupted = true;
  } else if (stage.in_process()) {
    run_in_stage_process(stage_run);
  } else {
    run_with_workers(stage_run);
  }
  if (!command.items.empty() && report.ended() == 0 && report.exit_status() == kAllDone) {
    throw EnvironmentError("--item: another process is working on it; wait for it, then try again");
  }
  if (report.fatal.empty() && !report.interrupted) stage.end(context);
  report.failed_before = failed_before(items, report, !command.items.empty());
  report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  progress.finish();
  print_report(report, command);
  return report.exit_status();
}

int dispatch(int argc, char** argv, RuntimeStage& stage) {
  if (argc == 2 && std::string(argv[1]) == "--worker") return worker_main(stage);
  const std::string program = "funcorr-" + stage.name();
  const OptionTable own = stage.option_table();
  const OptionTable table = with_shared_options(own, stage.run_defaults());
  CommandLine command = parse_command_line(argc, argv, table);
  if (command.help) {
    std::cout << help_text(program, stage.name(), stage.summary(), own, stage.run_defaults());
    return kAllDone;
  }
  if (command.version) {
    std::cout << program << " " << FUNCORR_VERSION << "\n";
    return kAllDone;
  }
  const bool verbose = command.verbose || !command.items.empty();
  spdlog::set_level(verbose         ? spdlog::level::debug
                    : command.quiet ? spdlog::level::warn
                                    : spdlog::level::info);
  Options options = resolve_options(command, table, stage.name(), stage.follows());
  stage.complete(options);
  if (command.print_config) {
    if (command.json) {
      std::cout << as_text(options.config_json());
    } else {
      std::cout << "[" << stage.name() << "]\n" << options.print_config();
    }
    return kAllDone;
  }
  check_workspace(command);
  stage.use(options);
  command.dry_run = command.dry_run || stage.only_estimates();  // an estimate must change nothing
  return command.dry_run ? dry_run(stage, options, command) : run(stage, options, command);
}

}  // namespace

int stage_main(int argc, char** argv, RuntimeStage& stage) {
  return run_main("funcorr-" + stage.name(), [&] { return dispatch(argc, argv, stage); });
}

}  // namespace funcorr
