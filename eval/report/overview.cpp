// Overview and results.
#include <algorithm>

#include "db/dataset/crop.h"
#include "eval/metric/sweep_results.h"
#include "eval/report/chart.h"
#include "eval/report/sections.h"

namespace funcorr {
namespace {

std::string with_thousands(std::int64_t count) {
  const std::string digits = std::to_string(count);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::int64_t sum_of(const Table& table, const std::string& column) {
  std::int64_t sum = 0;
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c] == column)
      for (const auto& row : table.rows) sum += row[c].empty() ? 0 : std::stoll(row[c]);
  return sum;
}

bool is_time(const std::string& column) {
  return column == "seconds" || column == "seconds_per_item" || column == "peak_memory_mb";
}

std::int64_t rows_with(const Table& table, const std::string& column) {
  std::int64_t count = 0;
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c] == column)
      for (const auto& row : table.rows) count += !row[c].empty() && row[c] != "0";
  return count;
}

// How far every stage is, in the order of the line; not the report itself, which is being made.
std::string stages_html(const Table& table, const std::vector<std::string>& stages, bool timings) {
  std::vector<std::string> columns = table.columns;
  if (!timings) std::erase_if(columns, [](const std::string& column) { return is_time(column); });
  std::vector<std::vector<std::string>> rows;
  for (const std::string& stage : stages)
    for (const auto& row : table.rows) {
      if (row.front() != stage || stage == "report") continue;
      std::vector<std::string>& cells = rows.emplace_back();
      for (std::size_t c = 0; c < row.size(); ++c)
        if (timings || !is_time(table.columns[c])) cells.push_back(row[c]);
    }
  std::vector<bool> is_number(columns.size(), true);
  is_number.front() = false;
  for (std::string& column : columns) std::replace(column.begin(), column.end(), '_', ' ');
  return plain_table_html(columns, rows, is_number);
}

// Settings of training that were compared.
std::string sweeps_html(const std::vector<ReportContents::Sweep>& sweeps) {
  std::string html;
  for (const ReportContents::Sweep& sweep : sweeps)
    html += "<h3>Sweep " + html_escape(sweep.name) + "</h3>\n" +
            plain_table_html(sweep.table.columns, sweep.table.rows, sweep.table.is_number);
  return html.empty() ? html : html + paragraph_html(kSweepLegend);
}

}  // namespace

PageSection overview_section(const ReportContents& contents, bool timings) {
  const Table &categories = contents.categories, &functions = contents.functions, &labels = contents.labels;
  const std::vector<Card> cards{
      {with_thousands(sum_of(categories, "assets")), "assets"},
      {with_thousands(sum_of(categories, "accepted")), "accepted"},
      {with_thousands(rows_with(categories, "accepted")), "categories"},
      {with_thousands(sum_of(labels, "boxes")), "boxes"},
      {with_thousands(sum_of(labels, "masks") - sum_of(labels, "empty_masks")), "part masks"},
      {with_thousands(sum_of(functions, "pairs")), "ground-truth pairs"},
      {with_thousands(rows_with(functions, "pairs")), "functions measured"}};
  return {"Overview", cards_html(cards) + stages_html(contents.stage_statistics, contents.stages, timings)};
}

PageSection results_section(const Results& results, const std::vector<ReportContents::Sweep>& sweeps) {
  const std::string compared = sweeps_html(sweeps);
  if (results.empty() && !compared.empty()) return {"Results", compared};
  if (results.empty())
    return {"Results", missing_html("Nothing is measured yet; measure by:", "funcorr evaluate")};
  const ResultsTable overall = results.overall();
  std::string html = interval_chart_svg(overall, {"discovery.f1@23", "discovery.f1@10", "discovery.ap@23",
                                                  "transfer.pck@23", "transfer.distance"});
  html += paragraph_html(
      "Means over (pair, direction) with 95 % bootstrap intervals over annotated pairs. Discovery (F1, AP): "
      "are the pairs that the model proposes by itself correspondences? Label transfer (distance, PCK): "
      "where "
      "does a given pixel go? @k: within k pixels of the " +
      std::to_string(kCropSize) + " px crop.");
  html += table_html(overall);
  if (const ResultsTable leads = results.leads_of_full(); !leads.rows.empty()) {
    html += table_html(leads);
    html += paragraph_html(
        "Differences on the same annotated pairs (paired bootstrap), signed so that above 0 the full model "
        "is "
        "better; not shown: 0 lies in the interval, so that another draw of pairs may show none.");
  }
  for (const ResultsTable& table : results.per_set()) html += table_html(table);
  for (const ResultsTable& table : {results.within_categories(), results.across_categories()})
    if (!table.rows.empty()) html += table_html(table);
  std::string functions;
  for (const ResultsTable& table : results.per_function()) functions += table_html(table);
  return {"Results", html + details_html("Per function", functions) + compared};
}

}  // namespace funcorr
