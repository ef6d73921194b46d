#include <algorithm>
#include <sstream>

#include "pipeline/command_line.h"
#include "pipeline/run_options.h"
#include "pipeline/sandbox.h"

namespace funcorr {
namespace {

struct HelpLine {
  std::string argument, text;
};

// Columns on a terminal: continuation bytes of UTF-8 take none.
std::size_t columns(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string placeholder(OptionType type) {
  switch (type) {
    case OptionType::kBool:
      return "";
    case OptionType::kInt:
      return " N";
    case OptionType::kDouble:
      return " X";
    case OptionType::kString:
      return " TEXT";
    case OptionType::kPath:
      return " PATH";
    case OptionType::kStringList:
      return " TEXT,…";
    case OptionType::kDoubleList:
      return " X,…";
    case OptionType::kPathList:
      return " PATH";
  }
  return {};
}

// As it would be typed; the paths of a list, which take the option once each, apart.
std::string default_text(const Option& option) {
  const nlohmann::json& value = option.default_value;
  if (says_nothing(value)) return "none";
  const auto scalar = [](const nlohmann::json& one) {
    if (one.is_number_float()) return number_text(one.get<double>());
    return one.is_string() ? one.get<std::string>() : one.dump();
  };
  if (!value.is_array()) return scalar(value);
  std::string text;
  for (const nlohmann::json& element : value)
    text += (text.empty() ? "" : option.type == OptionType::kPathList ? ", " : ",") + scalar(element);
  return text;
}

HelpLine help_line(const Option& option) {
  const std::string name = dashed(option.name);
  const std::string argument =
      (option.type == OptionType::kBool ? "--[no-]" : "--") + name + placeholder(option.type);
  std::string text = option.help + " (default " + default_text(option);
  if (!option.unit.empty()) text += " " + option.unit;
  if (option.type != OptionType::kBool && option.type != OptionType::kPath)
    text += "; " + allowed_range(option);
  if (option.type == OptionType::kPathList) text += "; repeat the option for more";
  return {(option.name == "workers" ? "-j, " : "") + argument, text + ")"};
}

void print_group(std::ostream& out, const std::string& title, const std::vector<HelpLine>& lines,
                 std::size_t width) {
  if (lines.empty()) return;
  out << "\n" << title << "\n";
  for (const HelpLine& line : lines) {
    out << "  " << line.argument << std::string(width - columns(line.argument) + 2, ' ') << line.text << "\n";
  }
}

std::size_t widest(const std::vector<HelpLine>& lines) {
  std::size_t width = 0;
  for (const HelpLine& line : lines) width = std::max(width, columns(line.argument));
  return width;
}

std::vector<HelpLine> mode_lines() {
  return {{"-w, --workspace DIR", "the workspace (default: the current folder)"},
          {"--config FILE", "configuration (default: funcorr.toml of the workspace)"},
          {"-n, --dry-run", "show what would be done and why; change nothing"},
          {"-B, --force", "do every item again, up to date or not"},
          {"--no-keep-going", "stop at the first item that fails (default: -k, --keep-going)"},
          {"--item KEY", "do this item again, with all that its worker prints; may be repeated"},
          {"--json", "print results as JSON on stdout"},
          {"--print-config", "print every option's value and where it came from"},
          {"-v, --verbose", "log more"},
          {"-q, --quiet", "log warnings and errors only, no progress"},
          {"-h, --help", "this text"},
          {"--version", "print the version"}};
}

std::vector<HelpLine> option_lines(const std::vector<Option>& options) {
  std::vector<HelpLine> lines;
  for (const Option& option : options) lines.push_back(help_line(option));
  return lines;
}

}  // namespace

std::string options_text(const std::vector<Option>& options) {
  const std::vector<HelpLine> lines = option_lines(options);
  std::ostringstream out;
  print_group(out, "Options", lines, widest(lines));
  return out.str();
}

std::string help_text(const std::string& program, const std::string& stage, const std::string& summary,
                      const OptionTable& own, const RunOptions& defaults) {
  const std::vector<HelpLine> modes = mode_lines(), of_stage = option_lines(own.options()),
                              of_all = option_lines(shared_options(defaults).options());
  const std::size_t width = std::max({widest(modes), widest(of_stage), widest(of_all)});
  std::ostringstream out;
  out << program << ": " << summary << "\n\nUsage: " << program << " [-w DIR] [options]\n";
  print_group(out, "What to do", modes, width);
  print_group(out, "Options of this stage ([" + stage + "] in funcorr.toml)", of_stage, width);
  print_group(out, "Options of every stage ([funcorr] or [" + stage + "] in funcorr.toml)", of_all, width);
  out << "\nPrecedence: default < preset < funcorr.toml < command line.\n"
      << "Exit status: 0 all done, 1 some items failed, 2 usage or configuration, 3 environment, 130 "
         "interrupted.\n"
      << "Workers: " << landlock_status() << ".\n";
  return out.str();
}

}  // namespace funcorr
