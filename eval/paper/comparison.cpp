#include "eval/paper/comparison.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "db/dataset/record/sweep.h"
#include "db/format/text.h"
#include "eval/measurement/rows.h"
#include "eval/report/page.h"
#include "train/trainer/training_config.h"

namespace funcorr {
namespace {

using nlohmann::json;

constexpr const char* kPaperBackbone = "dinov2";
constexpr const char* kLabellingModel = "cogvlm";

std::optional<ResultRow> row_of(const std::string& label) {
  return from_name<ResultRow>(RowAndRun::from_label(label).row);
}

// Without what the sweep that measures an ablation calls its run.
const json* config_of(const Circumstances& circumstances, const std::string& label) {
  const RowAndRun named = RowAndRun::from_label(label);
  const auto row = row_of(label);
  const bool is_plain = row && row_kind(*row).needs_backbone;
  const std::string wanted = named.run.empty() || is_plain ? named.row : named.run;
  const auto& runs = circumstances.runs;
  if (const auto own = runs.find(wanted); own != runs.end() && !is_plain) return &own->second;
  if (const auto swept = runs.find(std::string(kSweepPrefix) + wanted); swept != runs.end() && !is_plain)
    return &swept->second;
  if (const auto full = runs.find(std::string(to_string(ResultRow::kFull))); full != runs.end())
    return &full->second;
  return runs.empty() ? nullptr : &runs.begin()->second;
}

// Members of the configuration by which a training is another than the paper's (section 4.3): "steps 1000
// (the paper: 100000)".
std::string other_training(const json& config) {
  static const json paper = TrainingConfig();
  static const std::array<json::json_pointer, 11> members{"/training/steps"_json_pointer,
                                                          "/training/functional_pairs"_json_pointer,
                                                          "/training/spatial_pairs"_json_pointer,
                                                          "/training/points"_json_pointer,
                                                          "/training/learning_rate"_json_pointer,
                                                          "/training/temperature"_json_pointer,
                                                          "/training/spatial_weight"_json_pointer,
                                                          "/training/mask_weight"_json_pointer,
                                                          "/model/head/token_dimension"_json_pointer,
                                                          "/model/head/hidden_dimension"_json_pointer,
                                                          "/model/head/embedding_dimension"_json_pointer};
  std::vector<std::string> others;
  for (const json::json_pointer& member : members) {
    if (!config.contains(member)) continue;
    const json &value = config.at(member), &wanted = paper.at(member);
    const bool is_left_out = member.back().ends_with("_weight") && value == 0;  // as the row's name says
    if (value != wanted && !is_left_out)
      others.push_back(fmt::format("{} {} ({})", member.back(), value.dump(), wanted.dump()));
  }
  return fmt::format("{}", fmt::join(others, ", "));
}

std::string of_models(const std::set<std::string>& models) {
  return models.empty() ? "no model" : fmt::format("{}", fmt::join(models, ", "));
}

bool are_all(const std::set<std::string>& models, std::string_view name) {
  return !models.empty() && std::ranges::all_of(models, [&](const std::string& model) {
    return lower_case(model).find(name) != std::string::npos;
  });
}

void add_obstacles_of_backbone(const json& config, std::vector<std::string>& obstacles) {
  const std::string kind = config.value("/model/backbone/kind"_json_pointer, std::string());
  const int channels = config.value("/model/backbone_channels"_json_pointer, 0);
  constexpr int kChannelsOfViTB = 768;
  if (kind != kPaperBackbone || (channels != 0 && channels != kChannelsOfViTB))
    obstacles.push_back(fmt::format("the backbone is {}{}, the paper's DINOv2 ViT-B/14", kind,
                                    channels == 0 ? "" : fmt::format(" with {} channels", channels)));
}

void add_obstacles_of_run(const json& config, const Circumstances& circumstances,
                          std::vector<std::string>& obstacles) {
  if (config.value("/model/text/kind"_json_pointer, std::string()) != to_string(TextKind::kClip))
    obstacles.emplace_back("functions are learned vectors, the paper's CLIP's text features");
  if (const std::string others = other_training(config); !others.empty())
    obstacles.push_back("trained otherwise (the paper in brackets): " + others);
  if (!are_all(circumstances.models_of_ground, kLabellingModel))
    obstacles.push_back("labels of training are from " + of_models(circumstances.models_of_ground) +
                        ", the paper's from CogVLM");
}

// The model that a row of a vision-language model is named after: the paper's, in its rows.
std::string model_of_row(const std::string& label) {
  const std::string run = RowAndRun::from_label(label).run;
  return run.empty() ? kLabellingModel : run;
}

std::string how_to_measure(const std::string& label) {
  const auto row = row_of(label);
  if (!row) return "not measured";
  const RowKind kind = row_kind(*row);
  if (kind.needs_diffusion) return "not measured: [evaluate] diffusion names no features of Stable Diffusion";
  if (kind.needs_boxes)
    return fmt::format("not measured: funcorr locate --name {} --by {} asks it", model_of_row(label),
                       to_string(*kind.needs_boxes));
  if (kind.needs_run) return "not measured: no such run is trained and measured; funcorr paper does both";
  return "not measured: [evaluate] rows leaves it out";
}

std::vector<std::string> obstacles_of(PairSet set, const std::string& label, std::size_t samples,
                                      std::size_t annotated_pairs, const Circumstances& circumstances) {
  if (samples == 0) return {how_to_measure(label)};
  std::vector<std::string> obstacles;
  if (set == PairSet::kOwn) obstacles.emplace_back("pairs of own objects, not of the published set");
  if (samples < annotated_pairs)
    obstacles.push_back(fmt::format("measured on {} of {} annotated pairs", samples, annotated_pairs));
  const auto row = row_of(label);
  if (!row) return obstacles;
  const RowKind kind = row_kind(*row);
  const json* config = config_of(circumstances, label);
  if ((kind.needs_backbone || kind.needs_run) && config) add_obstacles_of_backbone(*config, obstacles);
  if (kind.needs_run && config) add_obstacles_of_run(*config, circumstances, obstacles);
  if (kind.needs_boxes) {
    const auto asked = circumstances.models_of_locate.find(RowAndRun::from_label(label).run);
    const std::set<std::string> models =
        asked == circumstances.models_of_locate.end() ? std::set<std::string>() : asked->second;
    if (const std::string wanted = model_of_row(label); !are_all(models, wanted))
      obstacles.push_back(fmt::format("boxes are from {}, the paper's from {}", of_models(models), wanted));
  }
  return obstacles;
}

const ResultsTable::Row* find_row(const ResultsTable& table, std::string_view label) {
  const auto found = std::ranges::find(table.rows, label, &ResultsTable::Row::name);
  return found == table.rows.end() ? nullptr : &*found;
}

std::size_t most_samples(const ComparedRow& row) {
  std::size_t most = 0;
  for (const ComparedCell& cell : row.cells) most = std::max(most, cell.ours.samples);
  return most;
}

std::string title_of(PairSet set) {
  switch (set) {
    case PairSet::kSynthetic:
      return "Table 1, synthetic set";
    case PairSet::kReal:
      return "Table 1, real set";
    case PairSet::kOwn:
      break;
  }
  return "Table 1 on own pairs, beside the synthetic set's";
}

// Marks a, b, c … of the obstacles that rows have, each obstacle once.
std::map<std::string, std::string> marks_of(const Comparison& comparison,
                                            std::vector<std::string>& obstacles) {
  std::map<std::string, std::string> marks;
  for (const ComparedRow& row : comparison.rows)
    for (const std::string& obstacle : row.obstacles) {
      const std::size_t number = marks.size();
      constexpr std::size_t kLetters = 26;
      std::string mark(1, static_cast<char>('a' + number % kLetters));
      if (number >= kLetters) mark += std::to_string(number / kLetters);
      if (marks.emplace(obstacle, mark).second) obstacles.push_back(mark + ": " + obstacle);
    }
  return marks;
}

std::string name_with_marks(const ComparedRow& row, const std::map<std::string, std::string>& marks) {
  std::vector<std::string> own;
  for (const std::string& obstacle : row.obstacles) own.push_back(marks.at(obstacle));
  return own.empty() ? row.name : fmt::format("{} [{}]", row.name, fmt::join(own, ","));
}

std::string published_text(const ComparedCell& cell) {
  std::string text = cell.published ? fmt::format("{:.3f}", *cell.published) : "–";
  if (const auto difference = cell.difference()) text += fmt::format(" {:+.3f}", *difference);
  return text;
}

constexpr const char* kLegend =
    "In brackets: the paper's number, and ours less the paper's. Letters: why a row's numbers cannot be held "
    "against the paper's.";

}  // namespace

std::optional<double> ComparedCell::difference() const {
  if (ours.samples == 0 || !published) return std::nullopt;
  return ours.mean - *published;
}

ResultsTable in_published_metrics(const ResultsTable& table) {
  ResultsTable narrow{table.title, published_metrics(), {}, table.is_of_differences};
  for (const ResultsTable::Row& row : table.rows) {
    ResultsTable::Row& kept = narrow.rows.emplace_back(ResultsTable::Row{row.name, {}});
    for (const std::string& metric : published_metrics()) {
      const auto column = std::ranges::find(table.metrics, metric);
      kept.cells.push_back(column == table.metrics.end()
                               ? Interval()
                               : row.cells[static_cast<std::size_t>(column - table.metrics.begin())]);
    }
  }
  return narrow;
}

Comparison table_1(PairSet set, const Results& results, std::size_t annotated_pairs,
                   const Circumstances& circumstances) {
  const ResultsTable measured = in_published_metrics(results.overall());
  Comparison comparison{title_of(set), {}};
  std::set<std::string> shown;
  const auto add = [&](ComparedRow row, const ResultsTable::Row* ours,
                       const std::array<double, kPublishedMetrics>* published) {
    for (std::size_t c = 0; c < kPublishedMetrics; ++c)
      row.cells.push_back(
          {ours ? ours->cells[c] : Interval(), published ? std::optional((*published)[c]) : std::nullopt});
    row.obstacles = obstacles_of(set, row.label, most_samples(row), annotated_pairs, circumstances);
    comparison.rows.push_back(std::move(row));
  };
  for (const PublishedRow& row : published_rows(set)) {
    std::string label(row.labels[0]);
    if (!find_row(measured, label) && find_row(measured, row.labels[1])) label = row.labels[1];
    shown.insert(label);
    add({std::string(row.name), label, {}, {}}, find_row(measured, label), &row.values);
  }
  for (const ResultsTable::Row& row : measured.rows)
    if (!shown.contains(row.name)) add({row.name, row.name, {}, {}}, &row, nullptr);
  return comparison;
}

Comparison ablations(PairSet set, const Results& results, std::size_t annotated_pairs,
                     const Circumstances& circumstances) {
  const std::string full(to_string(ResultRow::kFull));
  const std::vector<PublishedRow>& published = published_rows(set);
  const auto of_full =
      std::ranges::find_if(published, [&](const auto& row) { return row.labels[0] == full; });
  Comparison comparison{"What the losses are worth: the full model's lead", {}, true};
  for (const PublishedRow& row : published) {
    const auto kind = row_of(std::string(row.labels[0]));
    if (!kind || !row_kind(*kind).needs_run || row.labels[0] == full) continue;
    const ResultsTable lead = in_published_metrics(results.lead(full, std::string(row.labels[0])));
    ComparedRow compared{fmt::format("over {}", row.name), std::string(row.labels[0]), {}, {}};
    for (std::size_t c = 0; c < kPublishedMetrics; ++c) {
      const double sign = is_lower_better(published_metrics()[c]) ? -1 : 1;
      compared.cells.push_back({lead.rows.empty() ? Interval() : lead.rows[0].cells[c],
                                sign * (of_full->values[c] - row.values[c])});
    }
    compared.obstacles =
        obstacles_of(set, compared.label, most_samples(compared), annotated_pairs, circumstances);
    comparison.rows.push_back(std::move(compared));
  }
  return comparison;
}

std::string to_text(const Comparison& comparison) {
  std::vector<std::string> obstacles;
  const std::map<std::string, std::string> marks = marks_of(comparison, obstacles);
  std::vector<std::vector<std::string>> lines{{comparison.title}};
  for (const std::string& metric : published_metrics()) lines[0].push_back(metric_label(metric));
  for (const ComparedRow& row : comparison.rows) {
    std::vector<std::string>& line = lines.emplace_back(1, name_with_marks(row, marks));
    for (const ComparedCell& cell : row.cells)
      line.push_back(fmt::format("{} ({})",
                                 cell.ours.samples == 0 ? "–" : fmt::format("{:.3f}", cell.ours.mean),
                                 published_text(cell)));
  }
  std::string text = aligned(lines);
  for (const std::string& obstacle : obstacles) text += "  " + obstacle + "\n";
  return text + kLegend + "\n";
}

std::string comparison_html(const Comparison& comparison) {
  std::vector<std::string> obstacles;
  const std::map<std::string, std::string> marks = marks_of(comparison, obstacles);
  std::string html = "<div class=\"scroll\"><table><caption>" + html_escape(comparison.title) +
                     "</caption><thead><tr><th>row</th>";
  for (const std::string& metric : published_metrics())
    html += "<th class=\"n\">" + html_escape(metric_label(metric)) + "</th>";
  html += "</tr></thead><tbody>";
  for (const ComparedRow& row : comparison.rows) {
    html += "<tr><td>" + html_escape(name_with_marks(row, marks)) + "</td>";
    for (const ComparedCell& cell : row.cells) {
      const bool is_not_shown =
          comparison.is_of_differences && cell.ours.samples > 0 && !shows_difference(cell.ours);
      html += fmt::format("<td class=\"n{}\">", row.obstacles.empty() ? "" : " note");
      html += cell.ours.samples == 0
                  ? "–"
                  : fmt::format("{:.3f}<small>{:.3f} – {:.3f}{}</small>", cell.ours.mean, cell.ours.low,
                                cell.ours.high, is_not_shown ? "<br>not shown" : "");
      html += "<small>(" + published_text(cell) + ")</small></td>";
    }
    html += "</tr>";
  }
  html += "</tbody></table></div>\n";
  std::string list;
  for (const std::string& obstacle : obstacles) list += "<li>" + html_escape(obstacle) + "</li>";
  if (!list.empty()) html += "<ul class=\"note\">" + list + "</ul>\n";
  return html + paragraph_html(kLegend);
}

Table number_table(const std::vector<Comparison>& comparisons) {
  Table table;
  table.columns = {"table",           "row",   "label",      "metric",   "ours", "low", "high",
                   "annotated_pairs", "paper", "difference", "obstacles"};
  table.is_number = {false, false, false, false, true, true, true, true, true, true, false};
  const auto number = [](double value) { return fmt::format("{:.6g}", value); };
  for (const Comparison& comparison : comparisons)
    for (const ComparedRow& row : comparison.rows)
      for (std::size_t c = 0; c < row.cells.size(); ++c) {
        const ComparedCell& cell = row.cells[c];
        const bool is_measured = cell.ours.samples > 0;
        const auto ours = [&](double value) { return is_measured ? number(value) : std::string(); };
        table.rows.push_back({comparison.title, row.name, row.label, published_metrics()[c],
                              ours(cell.ours.mean), ours(cell.ours.low), ours(cell.ours.high),
                              std::to_string(cell.ours.samples),
                              cell.published ? number(*cell.published) : "",
                              cell.difference() ? number(*cell.difference()) : "",
                              fmt::format("{}", fmt::join(row.obstacles, "; "))});
      }
  return table;
}

}  // namespace funcorr
