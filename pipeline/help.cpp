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

std::string default_text(const nlohmann::json& value) {
  if (value == "" || value == nlohmann::json::array()) return "none";
  if (value.is_number_float()) return number_text(value.get<double>());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

HelpLine help_line(const Option& option) {
  const std::string name = dashed(option.name);
  const std::string argument =
      (option.type == OptionType::kBool ? "--[no-]" : "--") + name + placeholder(option.type);
  std::string text = option.help + " (default " + default_text(option.default_value);
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

std::string help_text(const std::string& program, const std::string& stage, const std::string& summary,
                      const OptionTable& own, const RunOptions& defaults) {
  const std::vector<HelpLine> modes = mode_lines(), of_stage = option_lines(own.options()),
                              of_all = option_lines(shared_options(defaults).options());
  std::size_t width = 0;
  for (const auto* lines : {&modes, &of_stage, &of_all}) {
    for (const HelpLine& line : *lines) width = std::max(width, columns(line.argument));
  }
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
