// What --help says can be typed: every default, every end of a range, every choice.
#include <algorithm>
#include <cmath>
#include <map>
#include <regex>
#include <sstream>

#include <nlohmann/json.hpp>

#include "pipeline/data_file.h"
#include "pipeline/graph.h"
#include "tests/catch.h"
#include "tests/pipeline/program.h"

namespace funcorr {
namespace {

using tests::Ran;
using tests::TemporaryFolder;
using Strings = std::vector<std::string>;

Ran run(const std::string& program, Strings arguments, const Strings& more = {}) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return tests::run((executable_file().parent_path() / program).string(), arguments);
}

// An option's line of help: "  --exr-channels TEXT,…  channels … (default Z,N; a list out of RGBA, A, …)".
struct Line {
  std::string name, placeholder;  // "exr-channels", "TEXT,…"
  bool is_flag = false;
  std::string shown, range;  // "Z,N", "a list out of RGBA, A, …"

  // Arguments that set the option, one row for each value that the line tells; the default first.
  std::vector<Strings> examples() const {
    if (is_flag) {
      Strings both{"--" + name, "--no-" + name};
      if (shown == "false") std::swap(both[0], both[1]);
      return {{both[0]}, {both[1]}};
    }
    const bool is_number = placeholder.starts_with("N") || placeholder.starts_with("X");
    const std::string value = is_number ? shown.substr(0, shown.find(' ')) : shown;  // without the unit
    std::vector<Strings> rows{values(value == "none" && !range.ends_with(", or none") ? "" : value)};
    static const std::regex ends(R"(^(?:an integer|a number|numbers) ([-+.e\d]+) … ([-+.e\d]+))");
    static const std::regex least(R"(^(?:an integer|a number|numbers) at (?:least|most) ([-+.e\d]+))");
    std::smatch match;
    if (std::regex_search(range, match, ends) || std::regex_search(range, match, least))
      for (std::size_t i = 1; i < match.size(); ++i) rows.push_back(values(match[i]));
    if (range.ends_with(", or none")) rows.push_back(values("none"));
    for (const char* start : {"one of ", "a list out of "}) {
      if (!range.starts_with(start)) continue;
      const std::string choices =
          std::regex_replace(range.substr(std::string(start).size()), std::regex(", "), ",");
      if (placeholder == "TEXT,…") rows.push_back(values(choices));
      std::istringstream each(placeholder == "TEXT" ? choices : "");
      for (std::string choice; std::getline(each, choice, ',');) rows.push_back(values(choice));
    }
    return rows;
  }

 private:
  // A list of paths takes the option once for each, all others one text.
  Strings values(const std::string& text) const {
    Strings arguments;
    const bool repeats = range.find("repeat the option") != std::string::npos;
    for (std::size_t at = 0, end = 0; end != std::string::npos; at = end + 2) {
      end = repeats ? text.find(", ", at) : std::string::npos;
      arguments.insert(arguments.end(), {"--" + name, text.substr(at, end - at)});
    }
    return arguments;
  }
};

std::vector<Line> lines_of(const std::string& help) {
  static const std::regex argument(
      R"(^  (?:-\w, )?--(\[no-\])?([-a-z0-9]+)(?: (N|X|TEXT|PATH|X,…|TEXT,…))?  +)");
  static const std::regex told(
      R"(^(.*?)(?:; ((?:an integer|a number|numbers|one of|a text|a list|repeat the option).*))?\)$)");
  std::vector<Line> lines;
  std::istringstream text(help);
  for (std::string line; std::getline(text, line);) {
    const std::string start = " (default ";
    const auto at = line.rfind(start);
    std::smatch match, value;
    if (at == std::string::npos || !std::regex_search(line, match, argument)) continue;
    const std::string tail = line.substr(at + start.size());
    REQUIRE(std::regex_match(tail, value, told));
    lines.push_back({match[2], match[3], match[1].matched, value[1], value[2]});
  }
  return lines;
}

// Arguments that set every option to its example of that number, where there is one; empty where none has.
Strings round_of(const std::vector<Line>& lines, std::size_t number) {
  Strings arguments;
  for (const Line& line : lines)
    if (const auto examples = line.examples(); number < examples.size())
      arguments.insert(arguments.end(), examples[number].begin(), examples[number].end());
  return arguments;
}

// A default stands behind the prose of its option, not in it; 1, 0 and −1 mean other things there.
bool prose_repeats_default(const nlohmann::json& option) {
  const nlohmann::json& value = option.at("value");
  if (!value.is_number() || std::abs(value.get<double>()) <= 1) return false;
  const std::regex number("(^|[^\\w.,])" + value.dump() + "($|[^\\w.]|[.]( |$))");
  return std::regex_search(option.at("help").get<std::string>(), number);
}

std::map<std::string, nlohmann::json> values_of(const Ran& ran) {
  std::map<std::string, nlohmann::json> values;
  for (const auto& option : nlohmann::json::parse(ran.out)) values[option.at("name")] = option.at("value");
  return values;
}

}  // namespace

TEST_CASE("Every stage takes what its help tells of each option, and the default is what it has without") {
  const TemporaryFolder w;
  for (const StageNode& stage : stage_graph()) {
    const std::string program = "funcorr-" + stage.name;
    const Strings asked{"--workspace", w.path().string(), "--print-config", "--json"};
    const Ran help = run(program, {"--help"});
    const std::vector<Line> lines = lines_of(help.out);
    const Ran plain = run(program, asked);
    INFO(program);
    REQUIRE(help.status == 0);
    REQUIRE(plain.status == 0);
    auto without = values_of(plain);
    for (const auto& option : nlohmann::json::parse(plain.out)) {
      INFO(option.at("name"));
      CHECK_FALSE(prose_repeats_default(option));
    }
    CHECK(lines.size() == without.size());
    for (std::size_t number = 0; !round_of(lines, number).empty(); ++number) {
      const Ran ran = run(program, asked, round_of(lines, number));
      INFO(ran.err);
      REQUIRE(ran.status == 0);
      if (number > 0) continue;
      auto with = values_of(ran);
      for (const Line& line : lines) {
        std::string key = line.name;
        std::ranges::replace(key, '-', '_');
        INFO(key);
        if (line.placeholder != "PATH") CHECK(with[key] == without[key]);
      }
    }
  }
}

TEST_CASE("render --file and match take what their help tells of each option") {
  const TemporaryFolder folder;
  const std::string absent = (folder / "absent").string();
  const std::vector<std::pair<std::string, Strings>> programs{
      {"funcorr-render", {"--file", absent + ".glb", "--out", absent}},
      {"funcorr-match",
       {"--checkpoint", absent, "--function", "cut with", absent + ".png", absent + ".png"}}};
  for (const auto& [program, needed] : programs) {
    const Ran help = run(program, needed, {"--help"});
    REQUIRE(help.status == 0);
    std::vector<Line> lines = lines_of(help.out);
    CHECK(lines.size() >= 12);
    const Strings given{"file", "out", "checkpoint", "function", "image-a", "image-b"};
    std::erase_if(lines, [&](const Line& line) { return std::ranges::count(given, line.name) > 0; });
    for (std::size_t number = 0; !round_of(lines, number).empty(); ++number) {
      const Ran ran = run(program, needed, round_of(lines, number));
      INFO(program << ": " << ran.err);
      CHECK((ran.status == 1 || ran.status == 3));  // the file is not there; 2 would be a wrong value
    }
  }
}

}  // namespace funcorr
