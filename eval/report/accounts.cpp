// What was spent, what went wrong, and with which options everything was made.
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "eval/report/sections.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

// Lines of a stage's recorded options: all of them, and those that are not defaults.
struct RecordedOptions {
  std::string all, set;
};
RecordedOptions read_recorded(const fs::path& file) {
  RecordedOptions recorded;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    recorded.all += line + "\n";
    const bool is_default = line.find("  # default") != std::string::npos;
    if (!is_default && !line.empty() && line.front() != '[') recorded.set += line + "\n";
  }
  return recorded;
}

}  // namespace

PageSection spend_section(const Table& spend, bool timings) {
  if (spend.rows.empty())
    return {"Spend", paragraph_html("No model was asked for anything; nothing was spent.")};
  const std::vector<std::string> times{"seconds_per_answer"};
  return {"Spend", statistics_html(spend, 40, timings ? std::vector<std::string>{} : times)};
}

PageSection error_section(const Table& errors) {
  if (errors.rows.empty()) return {"Errors", paragraph_html("Nothing was rejected, skipped or failed.")};
  return {"Errors",
          paragraph_html("Rejected, skipped and failed items by kind; all of them: funcorr errors") +
              statistics_html(errors, 40)};
}

PageSection configuration_section(const Workspace& workspace, const std::vector<std::string>& stages) {
  std::string html;
  for (const std::string& stage : stages) {
    const RecordedOptions recorded = read_recorded(workspace.options(stage));
    if (recorded.all.empty()) continue;
    html += "<h3>" + html_escape(stage) + "</h3>\n";
    html += recorded.set.empty() ? paragraph_html("all options at their defaults")
                                 : "<pre>" + html_escape(recorded.set) + "</pre>\n";
    html += details_html("All options", "<pre>" + html_escape(recorded.all) + "</pre>");
  }
  return {"Configuration",
          paragraph_html("Options of the last run of every stage, with where each value came from.") + html};
}

}  // namespace funcorr
