#include "pipeline/command_line.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <CLI/CLI.hpp>

#include "db/dataset/workspace.h"
#include "pipeline/config.h"
#include "pipeline/graph.h"
#include "pipeline/nearest.h"

namespace funcorr {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

[[noreturn]] void refuse(const Option& option, const std::string& text) {
  throw UsageError("command line: --" + dashed(option.name) + " " + text + ": allowed is " +
                   allowed_range(option) + (option.unit.empty() ? "" : " (" + option.unit + ")"));
}

template <typename Number, typename Parse>
Number whole(const Option& option, const std::string& text, Parse parse) {
  try {
    std::size_t used = 0;
    const Number value = parse(text, &used);
    if (used == text.size()) return value;
  } catch (const std::exception&) {
  }
  refuse(option, text);
}

json scalar_from_text(const Option& option, const std::string& text) {
  if (option.is_optional && text == kNoNumber) return text;
  switch (option.type) {
    case OptionType::kBool:
      if (text != "true" && text != "false") refuse(option, text);
      return text == "true";
    case OptionType::kInt:
      return whole<std::int64_t>(option, text, [](const auto& t, auto* used) { return std::stoll(t, used); });
    case OptionType::kDouble:
    case OptionType::kDoubleList:
      return whole<double>(option, text, [](const auto& t, auto* used) { return std::stod(t, used); });
    case OptionType::kPath:
    case OptionType::kPathList:
      return text.empty() ? text : fs::absolute(text).lexically_normal().string();
    case OptionType::kString:
    case OptionType::kStringList:
      return text;
  }
  return {};
}

json value_from_texts(const Option& option, const std::vector<std::string>& texts) {
  if (!is_list(option.type)) return scalar_from_text(option, texts.back());
  json list = json::array();
  for (const std::string& text : texts) {
    if (!text.empty()) list.push_back(scalar_from_text(option, text));
  }
  return list;
}

void add_to(CLI::App& app, const Option& option, std::vector<std::string>& texts) {
  const std::string name = "--" + dashed(option.name);
  if (option.type == OptionType::kBool) {
    app.add_flag(name + ",!--no-" + dashed(option.name), texts)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    return;
  }
  const std::string names = option.name == "workers" ? "-j," + name : name;
  CLI::Option* argument = app.add_option(names, texts)->expected(1)->allow_extra_args(false);
  argument->multi_option_policy(is_list(option.type) ? CLI::MultiOptionPolicy::TakeAll
                                                     : CLI::MultiOptionPolicy::TakeLast);
  // Paths may hold commas: they are given one by one.
  if (is_list(option.type) && option.type != OptionType::kPathList) argument->delimiter(',');
}

void add_modes(CLI::App& app, CommandLine& command, std::string& workspace, std::string& config) {
  app.add_option("-w,--workspace", workspace);
  app.add_option("--config", config);
  app.add_option("--item", command.items)
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_flag("-n,--dry-run", command.dry_run);
  app.add_flag("-B,--force", command.force);
  app.add_flag("-k,--keep-going,!--no-keep-going", command.keep_going);
  app.add_flag("--json", command.json);
  app.add_flag("--print-config", command.print_config);
  app.add_flag("-v,--verbose", command.verbose);
  app.add_flag("-q,--quiet", command.quiet);
  app.add_flag("-h,--help", command.help);
  app.add_flag("--version", command.version);
  app.add_flag("--worker", command.worker);
}

std::vector<std::string> known_arguments(const OptionTable& table) {
  std::vector<std::string> known = {"--workspace",     "--config", "--item",         "--dry-run", "--force",
                                    "--keep-going",    "--json",   "--print-config", "--verbose", "--quiet",
                                    "--no-keep-going", "--help",   "--version"};
  for (const Option& option : table.options()) known.push_back("--" + dashed(option.name));
  return known;
}

}  // namespace

std::string dashed(std::string option) {
  std::ranges::replace(option, '_', '-');
  return option;
}

CommandLine parse_command_line(int argc, const char* const* argv, const OptionTable& table) {
  CommandLine command;
  std::string workspace, config;
  CLI::App app;
  app.set_help_flag();
  add_modes(app, command, workspace, config);
  std::map<std::string, std::vector<std::string>> texts;
  for (const Option& option : table.options()) add_to(app, option, texts[option.name]);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError&) {
    const std::vector<std::string> extras = app.remaining();
    const std::string first = extras.empty() ? "" : extras.front();
    throw UsageError("command line: unknown argument '" + first + "'" +
                     did_you_mean(first.substr(0, first.find('=')), known_arguments(table)) + "; see --help");
  } catch (const CLI::ParseError& error) {
    throw UsageError("command line: " + std::string(error.what()) + "; see --help");
  }
  command.workspace_given = !workspace.empty();
  command.workspace = fs::absolute(workspace.empty() ? "." : workspace).lexically_normal();
  if (!command.workspace.has_filename()) command.workspace = command.workspace.parent_path();
  if (!config.empty()) command.config = fs::absolute(config);
  for (const Option& option : table.options()) {
    if (!texts[option.name].empty())
      command.options.emplace_back(option.name, value_from_texts(option, texts[option.name]));
  }
  return command;
}

Options resolve_options(const CommandLine& command, const OptionTable& table, const std::string& stage,
                        const std::string& follows) {
  Options options(table);
  options.set_workspace(command.workspace);
  std::vector<Setting> settings;
  const fs::path standard = Workspace{command.workspace}.config();
  if (!command.config.empty()) {
    settings = read_config(command.config, stage);
  } else if (fs::exists(standard)) {
    settings = read_config(standard, stage);
  }
  // The preset's name comes from the same sources, but its values come below them.
  const auto set_last = [&](Options& into, const std::string& run) {
    apply_config(into, settings, stage, Options::Source::kFile, follows, run);
    for (const auto& [name, value] : command.options)
      into.set(name, value, Options::Source::kCommandLine, "command line");
  };
  Options named(table);
  set_last(named, {});
  const std::string run = has_named_runs(stage) ? named.at("name").value.get<std::string>() : std::string();
  apply_config(options, read_preset(named.at("preset").value.get<std::string>(), command.workspace, stage),
               stage, Options::Source::kPreset, follows, run);
  set_last(options, run);
  return options;
}

}  // namespace funcorr
