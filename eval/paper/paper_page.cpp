#include "eval/paper/paper_page.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "db/dataset/report.h"
#include "db/format/artifact.h"
#include "db/format/json.h"
#include "db/format/text.h"
#include "eval/report/chart.h"
#include "eval/report/page.h"
#include "eval/report/samples.h"
#include "eval/report/sections.h"

namespace funcorr {
namespace {

constexpr const char* kOfSupplement =
    "The paper has these numbers in its supplement, which its text does not hold: nothing to compare with.";
constexpr std::string_view kFull = "full", kIs = " = ";

std::vector<ResultsTable> by_category(const PaperSet& of) {
  std::vector<ResultsTable> tables;
  for (const ResultsTable& table : {of.results.within_categories(), of.results.across_categories()})
    if (!table.rows.empty()) tables.push_back(in_published_metrics(table));
  for (ResultsTable& table : tables)
    table.title = fmt::format("{}, {} pairs", table.title, to_string(of.set));
  return tables;
}

// "λ_spatial = 3" → what weight, which value; the base comes first.
std::pair<std::string, double> order_of_weights(const std::string& label) {
  const std::size_t sign = label.find(kIs);
  if (sign == std::string::npos) return {};
  return {label.substr(0, sign), number_in<double>(label.substr(sign + kIs.size())).value_or(0)};
}

// The means, and by how much each setting is ahead of the configuration as it is.
std::vector<ResultsTable> by_weights(const PaperSet& of) {
  if (of.weights.empty()) return {};
  std::vector<ResultsTable> tables{in_published_metrics(of.weights.overall())};
  std::ranges::sort(tables.front().rows, {},
                    [](const ResultsTable::Row& row) { return order_of_weights(row.name); });
  ResultsTable leads{"ahead of " + std::string(kBaseSetting), {}, {}, true};
  for (const ResultsTable::Row& row : tables.front().rows) {
    if (row.name == kBaseSetting) continue;
    const ResultsTable lead = in_published_metrics(of.weights.lead(row.name, kBaseSetting));
    leads.metrics = lead.metrics;
    leads.rows.insert(leads.rows.end(), lead.rows.begin(), lead.rows.end());
  }
  if (!leads.rows.empty()) tables.push_back(std::move(leads));
  for (ResultsTable& table : tables)
    table.title = fmt::format("{}, {} pairs", table.title, to_string(of.set));
  return tables;
}

double sum_of(const Table& table, const std::string& column) {
  double sum = 0;
  const auto found = std::ranges::find(table.columns, column);
  if (found == table.columns.end()) return sum;
  const auto index = static_cast<std::size_t>(found - table.columns.begin());
  for (const auto& row : table.rows) sum += number_in<double>(row[index]).value_or(0);
  return sum;
}

struct Costs {
  double hours = 0, tokens = 0, money = 0;
};
Costs costs_of(const PaperContents& contents) {
  constexpr double kSecondsOfHour = 3600;
  return {sum_of(contents.stages, "seconds") / kSecondsOfHour,
          sum_of(contents.spend, "tokens_in") + sum_of(contents.spend, "tokens_out"),
          sum_of(contents.spend, "cost")};
}

// How many times a model's question about an image is slower than the full model on an image.
double times_slower(const InferenceTimes& times, double per_question) {
  constexpr double kImagesOfPair = 2;
  return per_question / (times.full_per_pair / kImagesOfPair);
}

std::vector<std::string> slowness(const InferenceTimes& times) {
  std::vector<std::string> lines;
  if (times.full_per_pair <= 0) return lines;
  for (const auto& [model, seconds] : times.per_question)
    lines.push_back(
        fmt::format("{}: {:.3g} s a question about an image, {:.3g} times the full model's {:.3g} s an image",
                    model, seconds, times_slower(times, seconds), times.full_per_pair / 2));
  if (!lines.empty())
    lines.emplace_back("the paper (section 5.3): CogVLM about 50 times, ManipVQA about 1000 times");
  return lines;
}

std::string list_html(const std::vector<std::string>& lines) {
  std::string html;
  for (const std::string& line : lines) html += "<li>" + html_escape(line) + "</li>";
  return html.empty() ? html : "<ul>" + html + "</ul>\n";
}

PageSection table_section(const PaperContents& contents) {
  std::string html;
  for (const PaperSet& of : contents.sets)
    html += comparison_html(table_1(of.set, of.results, of.annotated_pairs, contents.circumstances));
  if (html.empty())
    html = missing_html("There are no ground-truth pairs yet; make and measure them by:", "funcorr paper");
  return {"Table 1", html};
}

PageSection ablation_section(const PaperContents& contents) {
  std::string html;
  for (const PaperSet& of : contents.sets)
    html += comparison_html(ablations(of.set, of.results, of.annotated_pairs, contents.circumstances));
  return {"Ablations", html};
}

PageSection category_section(const PaperContents& contents) {
  std::string html;
  for (const PaperSet& of : contents.sets)
    for (const ResultsTable& table : by_category(of)) html += table_html(table);
  if (html.empty()) return {"Within and across categories", paragraph_html("Nothing is measured yet.")};
  return {"Within and across categories", html + paragraph_html(kOfSupplement)};
}

PageSection weight_section(const PaperContents& contents) {
  std::string html;
  for (const PaperSet& of : contents.sets) {
    const std::vector<ResultsTable> tables = by_weights(of);
    if (tables.empty()) continue;
    html += interval_chart_svg(tables.front(), published_metrics());
    for (const ResultsTable& table : tables) html += table_html(table);
  }
  if (html.empty())
    return {"Weights of the losses",
            missing_html("No other weights are trained and measured yet; do so by:", "funcorr paper")};
  return {"Weights of the losses", html + paragraph_html(kOfSupplement)};
}

PageSection cost_section(const PaperContents& contents) {
  const Costs costs = costs_of(contents);
  std::string html = cards_html({{fmt::format("{:.2f}", costs.hours), "hours of all stages' items"},
                                 {fmt::format("{:.0f}", costs.tokens), "tokens"},
                                 {fmt::format("{:.2f}", costs.money), "money spent on models"}});
  html += statistics_html(contents.stages, 40);
  constexpr std::size_t kOpenRows = 20;
  if (!contents.spend.rows.empty()) html += statistics_html(contents.spend, kOpenRows);
  return {"Costs", html + list_html(slowness(contents.times)) + paragraph_html(kOfSupplement)};
}

std::vector<std::string> rows_of_figures(const PaperContents& contents) {
  std::vector<std::string> rows;
  for (const PaperSet& of : contents.sets)
    for (const std::string& row : pictured_rows(of.results))
      if (std::ranges::count(rows, row) == 0) rows.push_back(row);
  return rows;
}

}  // namespace

const OptionList<PaperOptions>& PaperOptions::options() {
  static const OptionList<PaperOptions> list{
      option("pair_pictures", &PaperOptions::pair_pictures)
          .range(0, 100)
          .help("most ground-truth pairs of every function that are pictured, of each evaluation set")};
  return list;
}

std::vector<Comparison> comparisons(const PaperContents& contents) {
  std::vector<Comparison> all;
  for (const PaperSet& of : contents.sets) {
    all.push_back(table_1(of.set, of.results, of.annotated_pairs, contents.circumstances));
    all.push_back(ablations(of.set, of.results, of.annotated_pairs, contents.circumstances));
  }
  return all;
}

std::string weights_label(const SweepRun& run) {
  const std::string seed = ",seed=" + run.seed;
  std::string changes = run.changes;
  if (const auto at = changes.find(seed); !run.seed.empty() && at != std::string::npos)
    changes.erase(at, seed.size());
  if (changes == kFull) return kBaseSetting;
  for (const auto& [option, name] :
       {std::pair<std::string, std::string>{"spatial_weight", "λ_spatial"}, {"mask_weight", "λ_mask"}})
    if (const std::string start = std::string(kFull) + "," + option + "=";
        changes.starts_with(start) && changes.find(',', start.size()) == std::string::npos)
      return name + std::string(kIs) + changes.substr(start.size());
  return {};
}

std::string to_text(const PaperContents& contents) {
  std::string text;
  for (const Comparison& comparison : comparisons(contents)) text += to_text(comparison) + "\n";
  for (const PaperSet& of : contents.sets) {
    for (const ResultsTable& table : by_category(of)) text += to_text(table) + "\n";
    for (const ResultsTable& table : by_weights(of)) text += to_text(table) + "\n";
  }
  if (contents.sets.empty()) text += "There are no ground-truth pairs; see funcorr-pair --help.\n";
  const Costs costs = costs_of(contents);
  text += fmt::format("Costs: {:.2f} hours of all stages' items, {:.0f} tokens, {:.2f} of money\n",
                      costs.hours, costs.tokens, costs.money);
  for (const std::string& line : slowness(contents.times)) text += line + "\n";
  return text;
}

nlohmann::json to_json(const PaperContents& contents) {
  nlohmann::json tables = nlohmann::json::array();
  for (const Comparison& comparison : comparisons(contents)) {
    nlohmann::json rows = nlohmann::json::array();
    for (const ComparedRow& row : comparison.rows) {
      nlohmann::json cells = nlohmann::json::object();
      for (std::size_t c = 0; c < row.cells.size(); ++c) {
        const ComparedCell& cell = row.cells[c];
        nlohmann::json& out = cells[published_metrics()[c]] = nlohmann::json::object();
        if (cell.published) out["paper"] = *cell.published;
        if (cell.difference()) out["difference"] = *cell.difference();
        if (cell.ours.samples == 0) continue;
        out["mean"] = cell.ours.mean;
        out["low"] = cell.ours.low;
        out["high"] = cell.ours.high;
        out["annotated_pairs"] = cell.ours.samples;
      }
      rows.push_back({{"name", row.name},
                      {"row", row.label},
                      {"comparable", row.obstacles.empty()},
                      {"obstacles", row.obstacles},
                      {"cells", std::move(cells)}});
    }
    tables.push_back({{"title", comparison.title}, {"rows", std::move(rows)}});
  }
  nlohmann::json categories = nlohmann::json::array(), weights = nlohmann::json::array();
  for (const PaperSet& of : contents.sets) {
    for (const ResultsTable& table : by_category(of)) categories.push_back(to_json(table));
    for (const ResultsTable& table : by_weights(of)) weights.push_back(to_json(table));
  }
  const Costs costs = costs_of(contents);
  nlohmann::json seconds = nlohmann::json::object();
  for (const auto& [model, one] : contents.times.per_question) seconds[model] = one;
  return {{"tables", std::move(tables)},
          {"categories", std::move(categories)},
          {"weights", std::move(weights)},
          {"costs",
           {{"hours", costs.hours},
            {"tokens", costs.tokens},
            {"money", costs.money},
            {"full_model_seconds_per_pair", contents.times.full_per_pair},
            {"seconds_per_question", std::move(seconds)}}}};
}

void write_paper(const Workspace& workspace, const PaperContents& contents, const std::string& subtitle) {
  PictureFolder pictures(paper_page_path(workspace).parent_path());
  PageSection figures =
      correspondence_section(workspace, contents.pairs, rows_of_figures(contents), pictures);
  figures.title = "Figures 1 and 6";
  write_artifact(paper_page_path(workspace),
                 page_html("The paper's tables and figures", subtitle,
                           {table_section(contents), ablation_section(contents), category_section(contents),
                            weight_section(contents), cost_section(contents), figures}));
  pictures.remove_others();
  write_json_artifact(paper_table_path(workspace, "json"), to_json(contents));
}

}  // namespace funcorr
