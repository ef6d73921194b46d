#include "stages/render_single_file.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string_view>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "pipeline/command_line.h"
#include "pipeline/exit_status.h"
#include "render/import/import.h"
#include "render/views/single_file.h"

namespace funcorr {
namespace {

constexpr const char* kProgram = "funcorr-render";

void print_help(const OptionTable& table) {
  std::cout << "funcorr-render --file: renders one file, without a workspace.\n\n"
               "Usage: funcorr-render --file X.glb --out DIR [options]\n"
            << options_text(table.options());
}

SingleFileOptions options_of(const CommandLine& command, const OptionTable& table) {
  Options resolved(table);
  resolved.set_workspace(std::filesystem::current_path());
  for (const auto& [name, value] : command.options)
    resolved.set(name, value, Options::Source::kCommandLine, "command line");
  SingleFileOptions options;
  resolved.assign_to(options);
  if (options.out.empty()) throw UsageError("command line: --out DIR is missing");
  return options;
}

int run(int argc, char** argv) {
  const OptionTable table(SingleFileOptions::options().described());
  const CommandLine command = parse_command_line(argc, argv, table);
  if (command.help) {
    print_help(table);
    return kAllDone;
  }
  try {
    const SingleFileReport report = render_single_file(options_of(command, table));
    for (const std::string& warning : report.warnings) spdlog::warn("{}", warning);
    std::cout << to_text(report);
    return kAllDone;
  } catch (const StoppingError&) {
    throw;
  } catch (const ImportError& error) {
    std::cerr << kProgram << ": rejected (" << error.kind << "): " << error.what() << '\n';
  } catch (const std::exception& error) {
    std::cerr << kProgram << ": " << error.what() << '\n';
  }
  return kItemsFailed;
}

}  // namespace

bool asks_for_single_file(int argc, char** argv) {
  return std::any_of(argv, argv + argc, [](const char* argument) {
    return std::string_view(argument) == "--file" || std::string_view(argument).starts_with("--file=");
  });
}

int render_single_file_main(int argc, char** argv) {
  return run_main(kProgram, [&] { return run(argc, argv); });
}

}  // namespace funcorr
