// Numbers of README.md and tools/bench that repeat an option's default, held against what --print-config
// says.
#include <regex>

#include <nlohmann/json.hpp>

#include "pipeline/data_file.h"
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/pipeline/program.h"

namespace funcorr {
namespace {

using nlohmann::json;
using tests::read_text;

struct Repeated {
  std::string file, pattern;  // its group is the value as the prose has it
  std::string stage, option;
  std::vector<std::string> arguments = {};
};

// A number that prose repeats belongs here, or is better left unsaid.
const std::vector<Repeated>& repeated() {
  static const std::vector<Repeated> table{
      {"README.md", R"(vLLM \(:(\d+)\))", "ground", "servers", {"--provider", "vllm"}},
      {"README.md", R"(Ollama \(:(\d+)\))", "ground", "servers", {"--provider", "ollama"}},
      {"README.md", R"(llama\.cpp \(:(\d+)\))", "ground", "servers", {"--provider", "llama.cpp"}},
      {"README.md", R"(LM Studio \(:(\d+)\))", "ground", "servers", {"--provider", "lmstudio"}},
      {"README.md", R"(CogVLM \(:(\d+)\))", "ground", "servers", {"--provider", "cogvlm"}},
      {"README.md", R"(\*\*`ask_again`\*\* \((on|off)\))", "ground", "ask_again"},
      {"tools/bench/labeling.md", R"(JPEG quality (\d+))", "ground", "jpeg_quality"},
      {"tools/bench/labeling.md", R"(The pilot stops think_only after its (\d+) calls)", "ground", "pilot"},
      {"tools/bench/labeling.md", R"(stops after (\d+) calls too)", "ground", "pilot"},
      {"tools/bench/figures.md", R"(\| ([\d,]+) \(the cap\))", "pair", "most_points"}};
  return table;
}

json value_of(const Repeated& row) {
  const tests::TemporaryFolder w;
  std::vector<std::string> arguments{"--workspace", w.path().string(), "--print-config", "--json"};
  arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
  const tests::Ran ran =
      tests::run((executable_file().parent_path() / ("funcorr-" + row.stage)).string(), arguments);
  REQUIRE(ran.status == 0);
  for (const json& option : json::parse(ran.out))
    if (option.at("name") == row.option) return option.at("value");
  return {};
}

// As prose has it: a switch as on or off, of one URL the port, thousands with commas.
std::string spoken(const json& value) {
  if (value.is_boolean()) return value.get<bool>() ? "on" : "off";
  if (value.is_array() && value.size() == 1)
    return std::regex_replace(value[0].get<std::string>(), std::regex(R"(^\w+://[^/:]+:(\d+)/.*$)"), "$1");
  std::string digits = value.dump();
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  return digits;
}

}  // namespace

TEST_CASE("Prose that repeats an option's default repeats the right one") {
  for (const Repeated& row : repeated()) {
    INFO(row.file << ": " << row.pattern);
    const std::string text = read_text(tests::source_dir() / row.file);
    std::smatch match;
    REQUIRE(std::regex_search(text, match, std::regex(row.pattern)));
    CHECK(match[1] == spoken(value_of(row)));
  }
}

TEST_CASE("The time that clang-tidy has in CI is the one that its help tells") {
  const std::string tool = read_text(tests::source_dir() / "tools/check-format-and-tidy");
  std::smatch taken, told;
  REQUIRE(std::regex_search(tool, taken, std::regex(R"("--minutes", type=float, default=(\d+))")));
  REQUIRE(std::regex_search(tool, told, std::regex(R"(--minutes M \(default (\d+)\))")));
  CHECK(told[1] == taken[1]);
}

}  // namespace funcorr
