// funcorr-match: two images, a function and a checkpoint → correspondences as picture, JSON and CSV. Works
// without a workspace.
#include <algorithm>
#include <iostream>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "db/format/artifact.h"
#include "db/format/json.h"
#include "eval/matching/match_request.h"
#include "labeling/taxonomy/taxonomy.h"
#include "pipeline/command_line.h"
#include "pipeline/data_file.h"
#include "pipeline/exit_status.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUsage =
    "funcorr-match: where two images correspond for a function.\n\n"
    "Usage: funcorr-match --checkpoint RUN --function \"pour with\" A.png B.png [options]\n\n"
    "Without --points, --paint or --heatmap-at: discovers the best matches. Points are image pixels (x, "
    "y).\n"
    "With --json the result is also printed on stdout.\n";

struct MatchOptions {
  MatchRequest request;
  fs::path out = "match";

  static const OptionList<MatchOptions>& options() {
    static const OptionList<MatchOptions> list{
        options_of(&MatchOptions::request),
        option("out", &MatchOptions::out).help("where to write OUT.png, OUT.json and OUT.csv"),
    };
    return list;
  }
};

OptionTable match_table() { return OptionTable(MatchOptions::options().described()); }

// A.png and B.png as --image-a and --image-b, so that the table of options knows them.
std::vector<std::string> named_arguments(int argc, char** argv) {
  const std::vector<Option> options = MatchOptions::options().described();
  std::vector<std::string> arguments{argv[0]}, names{"--image-a", "--image-b"};
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (!argument.starts_with("-")) {
      if (names.empty())
        throw UsageError("command line: two images are expected, \"" + argument + "\" is a third");
      arguments.push_back(names.front());
      names.erase(names.begin());
    }
    arguments.push_back(argument);
    const bool takes_value = std::ranges::any_of(options, [&](const Option& option) {
      return option.type != OptionType::kBool && "--" + dashed(option.name) == argument;
    });
    if (takes_value && i + 1 < argc) arguments.emplace_back(argv[++i]);
  }
  return arguments;
}

MatchOptions resolved(const CommandLine& command) {
  Options values(match_table());
  values.set_workspace(fs::current_path());
  for (const auto& [name, value] : command.options)
    values.set(name, value, Options::Source::kCommandLine, "command line");
  for (const char* name : {"checkpoint", "function", "image_a", "image_b"})
    if (says_nothing(values.at(name).value))
      throw UsageError("command line: --" + dashed(name) + " is missing (--help shows an example)");
  MatchOptions options;
  values.assign_to(options);
  MatchRequest& request = options.request;
  if (fs::is_regular_file(request.checkpoint))  // of the release, perhaps: it does not tell them itself
    for (const auto& [function, description] : read_taxonomy(data_file("taxonomy/taxonomy.json")).functions)
      request.files.functions.push_back(function);
  return options;
}

int match(int argc, char** argv) {
  const std::vector<std::string> arguments = named_arguments(argc, argv);
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  const CommandLine command =
      parse_command_line(static_cast<int>(pointers.size()), pointers.data(), match_table());
  if (command.help) {
    std::cout << kUsage << options_text(match_table().options());
    return kAllDone;
  }
  const MatchOptions options = resolved(command);
  const auto [found, notices] = answer(options.request);
  for (const std::string& notice : notices) spdlog::warn("{}", notice);
  const std::string out = options.out.string();
  write_artifact(out + ".png", [&picture = found.picture](const fs::path& file) { save_png(file, picture); });
  write_json_artifact(out + ".json", found.document);
  write_artifact(out + ".csv", found.csv);
  std::cout << (command.json ? found.document.dump(1) : out + ".png, .json, .csv") << "\n";
  return kAllDone;
}

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  return funcorr::run_main("funcorr-match", [&] {
    try {
      return funcorr::match(argc, argv);
    } catch (const funcorr::StoppingError&) {
      throw;
    } catch (const std::exception& error) {  // an image or a checkpoint that is not as needed
      std::cerr << "funcorr-match: " << error.what() << '\n';
      return static_cast<int>(funcorr::kItemsFailed);
    }
  });
}
