// funcorr: brings the stages of a workspace up to date and answers questions about them.
#include <algorithm>
#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>

#include "db/manifest/manifest.h"
#include "pipeline/child_process.h"
#include "pipeline/driver/init.h"
#include "pipeline/driver/inspect.h"
#include "pipeline/driver/ledger.h"
#include "pipeline/driver/paper.h"
#include "pipeline/driver/process.h"
#include "pipeline/driver/run.h"
#include "pipeline/driver/sweep.h"
#include "pipeline/exit_status.h"
#include "pipeline/graph.h"
#include "pipeline/nearest.h"
#include "pipeline/options.h"

namespace funcorr {
namespace {

void add_run_options(CLI::App& app, DriverOptions& options) {
  app.add_option("-w,--workspace", options.workspace, "Folder of the workspace")->capture_default_str();
  app.add_option("--config", options.config, "Configuration file instead of the workspace's funcorr.toml");
  app.add_option("--preset", options.preset, "Named set of options, such as demo");
  app.add_option("-j,--workers", options.workers, "Worker processes of each stage")
      ->check(CLI::PositiveNumber);
  app.add_option("--seed", options.seed, "Global seed of every random choice");
  app.add_flag("-n,--dry-run", options.dry_run, "Show what would be done and why, and do nothing");
  app.add_flag("-k,--keep-going", options.keep_going, "Go on with the next stage when items of one failed");
  app.add_flag("-q,--quiet", options.quiet, "Warnings and errors only");
  app.add_flag("-v,--verbose", options.verbose, "Log more");
  app.add_flag("-B,--force", options.force, "Redo the stages asked for, stale or not");
}

std::string stage_help() {
  std::string text =
      "Stages (`funcorr STAGE` brings what it needs up to date first; more options: funcorr STAGE --help):\n";
  for (const StageNode& stage : stage_graph()) {
    text += "  " + stage.name + std::string(28 - stage.name.size(), ' ') + stage.summary +
            (stage.optional ? " (optional)" : "") + "\n";
  }
  return text +
         "An optional stage runs where funcorr.toml sets one of its options, or where it is named.\n"
         "\nExit status: 0 all done, 1 some items failed, 2 usage or configuration, 3 environment, 130 "
         "interrupted\n";
}

// `funcorr [options] STAGE [options] [the stage's own options]`: what the driver does not know is the
// stage's.
int run_stage(const std::string& stage, const std::vector<std::string>& arguments, DriverOptions options) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  add_run_options(app, options);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  app.parse(reversed);
  std::vector<std::string> extra = app.remaining();
  options.json = options.dry_run && std::erase(extra, "--json") > 0;
  return run_steps(plan_stage(stage, options, extra), options);
}

// `funcorr [options] paper [options] [the page's own options]`: as a stage's, with a sweep among what it
// needs.
int run_paper(const std::vector<std::string>& arguments, DriverOptions options) {
  CLI::App app("Every table and figure of the paper, its numbers beside ours.", "funcorr paper");
  app.allow_extras();
  add_run_options(app, options);
  PaperWish wish;
  app.add_option("--spatial-weights", wish.spatial_weights,
                 "Weights of the spatial loss to compare with the configuration's; empty: none")
      ->capture_default_str();
  app.add_option("--mask-weights", wish.mask_weights, "Likewise of the mask loss")->capture_default_str();
  app.add_option("--seeds", wish.seeds, "Seeds that each of these is trained with: 1,2,3");
  app.add_flag("--json", options.json, "With -n: print JSON");
  app.footer(
      "Runs the line up to evaluate, trains and measures (as the sweep \"paper\") other weights of the "
      "losses\n"
      "and those of the rows full-no-mask, functional and spatial that [train] runs lacks, and writes every\n"
      "table and figure to eval/paper: index.html, table.csv and table.json. Beside each number stand the\n"
      "paper's and the difference, and why where the two cannot be compared. What is done is not done "
      "again.\n"
      "The published sets: [pair] official_set and official_real_set. Several vision-language models:\n"
      "[locate.cogvlm], [locate.manipvqa] … hold the settings of each, which gets rows of its own.\n"
      "The page's own options: funcorr-paper --help");
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kAllDone : kWrongUsage;
  }
  if (options.json && !options.dry_run) throw UsageError("paper --json: only with -n (--dry-run)");
  wish.extra = app.remaining();
  return run_steps(plan_paper(wish, options), options);
}

int run_doctor(const DriverOptions& options, bool json) {
  const std::filesystem::path program = executable_folder() / "funcorr-doctor";
  std::vector<std::string> arguments{"--workspace", options.workspace.string()};
  if (json) arguments.emplace_back("--json");
  const ProgramEnd end = run_program(program, arguments);
  if (end.exit_status != kNotBegun) return end.exit_status;
  throw EnvironmentError(
      program.string() +
      " does not start (see above): a library is missing; install the packages of tools/dependencies");
}

Format format_of(bool json, bool csv) { return json ? Format::kJson : csv ? Format::kCsv : Format::kText; }

// What `funcorr ledger` was told.
struct LedgerWish {
  LedgerFilter filter;
  std::string before, settle_as, usage, answers;
  bool rows = false;
};

void add_ledger_options(CLI::App* ledger, LedgerWish& wish) {
  ledger->add_option("--stage", wish.filter.stage, "Of this stage only");
  ledger->add_option("--provider", wish.filter.provider, "Of this provider only");
  ledger->add_option("--model", wish.filter.model, "Of this model only");
  ledger->add_option("--before", wish.before, "Asked before this day or time only: 2026-11-29T20:15, UTC");
  ledger->add_flag("--json", wish.rows, "Print every call as JSON");
  CLI::Option* as = ledger->add_option("--settle", wish.settle_as,
                                       "What is in doubt was paid (at its most), or unpaid: counted so");
  CLI::Option* usage = ledger->add_option("--usage", wish.usage,
                                          "Settle by the provider's own count: its export of usage, CSV");
  ledger->add_option("--answers", wish.answers, "Write every answer to this file, as JSON lines (-: here)")
      ->excludes(as)
      ->excludes(usage);
  as->excludes(usage);
}

void run_ledger(const DriverOptions& options, LedgerWish wish) {
  if (!wish.before.empty()) wish.filter.before = time_of(wish.before);
  if (!wish.answers.empty())
    export_answers(options.workspace, wish.filter, wish.answers);
  else if (!wish.settle_as.empty())
    settle_in_doubt(options.workspace, wish.filter, wish.settle_as);
  else if (!wish.usage.empty())
    settle_by_usage(options.workspace, wish.filter, wish.usage);
  else
    print_in_doubt(options.workspace, wish.filter, wish.rows);
}

void add_sweep_options(CLI::App* sweep, SweepWish& wish, DriverOptions& options) {
  const auto add = [&](const char* name, std::vector<std::string>& values, const char* help) {
    sweep->add_option(name, values, help)
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  sweep->add_option("--name", wish.name, "Name of the sweep: its table is eval/sweeps/NAME.csv and .json")
      ->capture_default_str();
  add("--grid", wish.grid,
      "Option of train and its values, spatial_weight=1,3,10; several give all combinations");
  add("--settings", wish.settings, "Named setting: wide=full:hidden_dimension=512:embedding_dimension=256");
  add("--seeds", wish.seeds, "Seeds that every setting is trained with: 1,2,3");
  sweep->add_flag("--json", options.json, "With -n: print JSON");
  sweep->footer(
      "Every setting is compared with the configuration as it is (base). Of pairs, one half is for choosing\n"
      "(validation), the other tells what a choice is worth (test). What is trained and measured already is\n"
      "not done again; a run that fails is named, and the others go on. grid, settings and seeds may stand\n"
      "in funcorr.toml, in [train]. The table again: funcorr-evaluate --sweep NAME");
}

// Everything that is not a stage.
int run_command(int argc, char** argv) {
  CLI::App app("3D assets to a trained and measured model of dense functional correspondence.");
  app.footer(stage_help());
  app.set_version_flag("--version", FUNCORR_VERSION);
  app.fallthrough();
  app.require_subcommand(1);
  DriverOptions options;
  add_run_options(app, options);
  int status = kAllDone;
  bool json = false, csv = false;
  int limit = 50;
  std::string text, kind, preset;
  std::filesystem::path folder = ".";

  CLI::App* run =
      app.add_subcommand("run", "Run stages in order: all, or a range such as filter..mask, ..mask, pack..");
  run->add_option("range", text, "FROM..TO, both ends included");
  run->add_flag("--json", options.json, "With -n: print JSON");
  run->callback([&] {
    if (options.json && !options.dry_run) throw UsageError("run --json: only with -n (--dry-run)");
    status = run_steps(plan_range(text, options), options);
  });

  SweepWish wanted;
  CLI::App* sweep = app.add_subcommand("sweep", "Train many settings, measure them, and compare them");
  add_sweep_options(sweep, wanted, options);
  sweep->callback([&] {
    if (options.json && !options.dry_run) throw UsageError("sweep --json: only with -n (--dry-run)");
    status = run_steps(plan_sweep(wanted, options), options);
  });

  const auto add_formats = [&](CLI::App* command) {
    CLI::Option* as_json = command->add_flag("--json", json, "Print JSON");
    command->add_flag("--csv", csv, "Print CSV")->excludes(as_json);
  };
  CLI::App* state = app.add_subcommand("status", "How far every stage is");
  add_formats(state);
  state->callback([&] { print_status(options.workspace, format_of(json, csv)); });

  CLI::App* stats = app.add_subcommand(
      "stats",
      "One of the statistics: stage, category, function, labels, quality, select, spend, errors, sweep");
  stats->add_option("view", text, "Which")->required();
  add_formats(stats);
  stats->callback([&] { print_statistics(options.workspace, text, format_of(json, csv)); });

  CLI::App* errors = app.add_subcommand("errors", "Failed and rejected items with their reasons");
  errors->add_option("stage", text, "Of one stage only");
  errors->add_option("--limit", limit, "At most so many")->capture_default_str();
  add_formats(errors);
  errors->callback([&] { print_errors(options.workspace, text, limit, format_of(json, csv)); });

  CLI::App* why = app.add_subcommand("why", "Everything recorded of an asset, a category or an item");
  why->add_option("uid_or_name", text, "Uid, part of a name, a category, or an item's key")->required();
  add_formats(why);
  why->callback([&] { print_why(options.workspace, text, format_of(json, csv)); });

  LedgerWish wish;
  CLI::App* ledger = app.add_subcommand(
      "ledger",
      "Requests that may have been paid for without an answer, and how to settle them; all answers");
  add_ledger_options(ledger, wish);
  ledger->callback([&] { run_ledger(options, wish); });

  CLI::App* retry = app.add_subcommand("retry", "Try failed items again at the next run");
  retry->add_option("stage", text, "Of this stage")->required();
  retry->add_option("kind", kind, "Only this kind of error (rejected items are meant only by it)");
  retry->callback([&] { retry_stage(options.workspace, text, kind); });

  CLI::App* init = app.add_subcommand("init", "Make a workspace with a commented funcorr.toml");
  init->add_option("folder", folder, "Where")->capture_default_str();
  init->callback([&] { init_workspace(folder, options.preset); });

  CLI::App* doctor =
      app.add_subcommand("doctor", "Check this machine: libraries, BLAS, CPU, GPU, disk, workspace");
  doctor->add_flag("--json", json, "Print JSON");
  doctor->callback([&] { status = run_doctor(options, json); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kAllDone : kWrongUsage;
  }
  return status;
}

// The first argument that is neither an option nor an option's value; 0 where there is none.
int first_word(int argc, char** argv) {
  static const std::vector<std::string> with_value{"-w", "--workspace", "--config", "--preset",
                                                   "-j", "--workers",   "--seed"};
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (std::find(with_value.begin(), with_value.end(), argument) != with_value.end()) {
      ++i;
    } else if (argument.empty() || argument.front() != '-') {
      return i;
    }
  }
  return 0;
}

const std::vector<std::string>& commands() {
  static const std::vector<std::string> names{"run", "sweep",  "status", "stats", "errors",
                                              "why", "ledger", "retry",  "init",  "doctor"};
  return names;
}

[[noreturn]] void refuse(const std::string& word) {
  std::vector<std::string> known = commands();
  for (const StageNode& stage : stage_graph()) known.push_back(stage.name);
  throw UsageError("'" + word + "' is neither a stage nor a command" + did_you_mean(word, known) +
                   "; see: funcorr --help");
}

// Programs that are no stage, such as match: `funcorr match …` is `funcorr-match …`.
int run_beside(const std::string& word, const std::vector<std::string>& arguments) {
  const bool plain = word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string::npos;
  const std::filesystem::path program = executable_folder() / ("funcorr-" + word);
  if (!plain || !std::filesystem::exists(program)) refuse(word);
  const ProgramEnd end = run_program(program, arguments);
  return end.interrupted ? kInterrupted : end.exit_status;
}

int run(int argc, char** argv) {
  const int position = first_word(argc, argv);
  if (position == 0) return run_command(argc, argv);
  const std::string word = argv[position];
  if (std::find(commands().begin(), commands().end(), word) != commands().end())
    return run_command(argc, argv);
  std::vector<std::string> arguments(argv + 1, argv + position);
  arguments.insert(arguments.end(), argv + position + 1, argv + argc);
  if (word == "paper") return run_paper(arguments, {});
  return is_stage(word) ? run_stage(word, arguments, {}) : run_beside(word, arguments);
}

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::block_signals();
  return funcorr::run_main("funcorr", [&] {
    try {
      return funcorr::run(argc, argv);
    } catch (const CLI::Error& error) {
      throw funcorr::UsageError(error.what());
    }
  });
}
