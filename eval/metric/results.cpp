#include "eval/metric/results.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "eval/metric/result_row.h"

namespace funcorr {
namespace {

const std::string kFunctionScope = "function:", kSetScope = "set:";

// Table order: distance, PCK, F1, AP; coarse thresholds first.
const std::vector<std::string>& metric_order() {
  static const std::vector<std::string> order{"transfer.distance", "transfer.pck@23", "transfer.pck@15",
                                              "transfer.pck@10",   "discovery.f1@23", "discovery.f1@15",
                                              "discovery.f1@10",   "discovery.f1@5",  "discovery.ap@23",
                                              "discovery.ap@15",   "discovery.ap@10", "discovery.ap@5"};
  return order;
}

// The rows in the table's order, each with its runs by name; what is no row comes last.
std::vector<std::string> ordered_rows(const std::set<std::string>& labels) {
  std::vector<std::string> result;
  std::set<std::string> others = labels;
  for (const std::string& row : all_names<ResultRow>())
    for (const std::string& label : labels)
      if (const std::string own = RowAndRun::from_label(label).row;
          (own == row || own.starts_with(row + kInferenceMark)) && others.erase(label) > 0)
        result.push_back(label);
  result.insert(result.end(), others.begin(), others.end());
  return result;
}

// Known names in their order, then the others by name.
std::vector<std::string> ordered_metrics(const std::set<std::string>& names) {
  const std::vector<std::string>& order = metric_order();
  std::vector<std::string> result;
  for (const std::string& name : order)
    if (names.contains(name)) result.push_back(name);
  for (const std::string& name : names)
    if (std::find(order.begin(), order.end(), name) == order.end()) result.push_back(name);
  return result;
}

// "full~match-mutual/mine" → "full/mine"; empty where the row is by the paper's inference.
std::string row_of_paper(const std::string& label) {
  const std::size_t mark = label.find(kInferenceMark);
  if (mark == std::string::npos) return {};
  const std::size_t run = label.find('/', mark);
  return label.substr(0, mark) + (run == std::string::npos ? "" : label.substr(run));
}

std::size_t display_width(const std::string& text) {  // code points
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t used = display_width(text);
  return text + std::string(width > used ? width - used : 0, ' ');
}

}  // namespace

void Results::add(const MetricWithPair& measured) {
  const Metric& metric = measured.metric;
  const std::string category_scope = measured.category_1 == measured.category_2 ? "within" : "across";
  for (const std::string& scope : {std::string(), category_scope, kFunctionScope + measured.function,
                                   kSetScope + std::string(to_string(measured.set))}) {
    Cluster& cluster =
        cells_[{scope, row_label(metric.row, metric.run), metric.name}][annotated_pair_of(metric.pair)];
    cluster.sum += metric.value;
    cluster.count += 1;
  }
}

ResultsTable Results::table(const std::string& scope, const std::string& title) const {
  std::set<std::string> rows, metrics;
  for (const auto& [key, clusters] : cells_)
    if (key.scope == scope) {
      rows.insert(key.row);
      metrics.insert(key.metric);
    }
  ResultsTable result;
  result.title = title;
  result.metrics = ordered_metrics(metrics);
  for (const std::string& row : ordered_rows(rows)) {
    ResultsTable::Row cells{row, {}};
    for (const std::string& metric : result.metrics) {
      std::vector<Cluster> clusters;
      if (const auto found = cells_.find({scope, row, metric}); found != cells_.end())
        for (const auto& [annotation, cluster] : found->second) clusters.push_back(cluster);
      cells.cells.push_back(bootstrap_mean(clusters, seed_, confidence_));
    }
    result.rows.push_back(std::move(cells));
  }
  return result;
}

std::vector<std::string> Results::rows() const {
  std::set<std::string> labels;
  for (const auto& [key, clusters] : cells_) labels.insert(key.row);
  return ordered_rows(labels);
}

ResultsTable Results::overall() const { return table("", "all pairs"); }
ResultsTable Results::within_categories() const { return table("within", "within categories"); }
ResultsTable Results::across_categories() const { return table("across", "across categories"); }

std::vector<ResultsTable> Results::tables(const std::string& prefix) const {
  std::set<std::string> names;
  for (const auto& [key, clusters] : cells_)
    if (key.scope.starts_with(prefix)) names.insert(key.scope.substr(prefix.size()));
  std::vector<ResultsTable> tables;
  for (const std::string& name : names) tables.push_back(table(prefix + name, name));
  return tables;
}

std::vector<ResultsTable> Results::per_function() const { return tables(kFunctionScope); }

std::vector<ResultsTable> Results::per_set() const {
  std::vector<ResultsTable> sets = tables(kSetScope);
  if (sets.size() == 1) sets.clear();
  for (ResultsTable& table : sets) table.title += " pairs";
  return sets;
}

ResultsTable Results::lead(const std::string& row, const std::string& over) const {
  const ResultsTable all = overall();
  ResultsTable result{row + " ahead of " + over, all.metrics, {{row + " − " + over, {}}}, true};
  bool measured = false;
  for (const std::string& metric : all.metrics) {
    const auto ahead = cells_.find({"", row, metric}), behind = cells_.find({"", over, metric});
    std::vector<Cluster> differences;
    if (ahead != cells_.end() && behind != cells_.end())
      for (const auto& [annotation, cluster] : ahead->second)
        if (const auto other = behind->second.find(annotation); other != behind->second.end()) {
          const double difference = cluster.sum / cluster.count - other->second.sum / other->second.count;
          const double sign = is_lower_better(metric) ? -1 : 1;
          differences.push_back({sign * difference * cluster.count, cluster.count});
        }
    measured = measured || !differences.empty();
    result.rows[0].cells.push_back(bootstrap_mean(differences, seed_, confidence_));
  }
  if (!measured) result.rows.clear();
  return result;
}

ResultsTable Results::leads(const std::string& row) const {
  const ResultsTable all = overall();
  ResultsTable result{row + " ahead of the other rows", all.metrics, {}, true};
  for (const ResultsTable::Row& other : all.rows)
    if (other.name != row && row_of_paper(other.name).empty())
      for (ResultsTable::Row& difference : lead(row, other.name).rows)
        result.rows.push_back(std::move(difference));
  return result;
}

ResultsTable Results::leads_of_full() const {
  const std::string full(to_string(ResultRow::kFull));
  std::string row = full;
  for (const ResultsTable::Row& other : overall().rows) {
    if (other.name == full) return leads(full);
    if (row == full && other.name.starts_with(full + "/")) row = other.name;
  }
  return leads(row);
}

ResultsTable Results::leads_of_inference() const {
  const ResultsTable all = overall();
  ResultsTable result{"another inference ahead of the paper's", all.metrics, {}, true};
  for (const ResultsTable::Row& row : all.rows)
    if (const std::string paper = row_of_paper(row.name); !paper.empty())
      for (ResultsTable::Row& difference : lead(row.name, paper).rows)
        result.rows.push_back(std::move(difference));
  return result;
}

std::optional<std::size_t> ResultsTable::best_row(std::size_t column) const {
  if (rows.size() < 2 || is_of_differences) return std::nullopt;
  std::optional<std::size_t> best;
  const bool lower = is_lower_better(metrics[column]);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const Interval& cell = rows[r].cells[column];
    if (cell.samples == 0) continue;
    const double lead = best ? cell.mean - rows[*best].cells[column].mean : 0.0;
    if (!best || (lower ? lead < 0 : lead > 0)) best = r;
  }
  return best;
}

std::string metric_label(const std::string& metric) {
  if (metric == "transfer.distance") return "distance ↓";
  const auto at = metric.find('@');
  const std::string threshold = at == std::string::npos ? "" : metric.substr(at);
  if (metric.starts_with("held_out_")) return "held-out " + metric.substr(9) + " ↓";
  if (metric.starts_with("transfer.pck")) return "PCK" + threshold + " ↑";
  if (metric.starts_with("discovery.f1")) return "F1" + threshold + " ↑";
  if (metric.starts_with("discovery.ap")) return "AP" + threshold + " ↑";
  return metric;
}

std::string aligned(const std::vector<std::vector<std::string>>& lines) {
  std::vector<std::size_t> widths(lines[0].size(), 0);
  for (const auto& line : lines)
    for (std::size_t c = 0; c < line.size(); ++c) widths[c] = std::max(widths[c], display_width(line[c]));
  std::string text;
  for (const auto& line : lines) {
    std::string row;
    for (std::size_t c = 0; c < line.size(); ++c) row += padded(line[c], widths[c]) + "  ";
    row.erase(row.find_last_not_of(' ') + 1);
    text += row + "\n";
  }
  return text;
}

std::string to_text(const ResultsTable& table, bool with_intervals) {
  std::vector<std::vector<std::string>> lines(1, {table.title});
  for (const std::string& metric : table.metrics) lines[0].push_back(metric_label(metric));
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    std::vector<std::string> line{table.rows[r].name};
    for (std::size_t c = 0; c < table.metrics.size(); ++c) {
      const Interval& cell = table.rows[r].cells[c];
      std::string text = cell.samples == 0 ? "–" : fmt::format("{:.3f}", cell.mean);
      if (cell.samples > 0 && with_intervals) text += fmt::format(" [{:.3f}, {:.3f}]", cell.low, cell.high);
      if (table.best_row(c) == r) text += "*";
      if (table.is_of_differences && cell.samples > 0 && !shows_difference(cell)) text += " not shown";
      line.push_back(text);
    }
    lines.push_back(line);
  }
  return aligned(lines);
}

nlohmann::json to_json(const ResultsTable& table) {
  nlohmann::json rows = nlohmann::json::object();
  for (const ResultsTable::Row& row : table.rows) {
    nlohmann::json cells = nlohmann::json::object();
    for (std::size_t c = 0; c < table.metrics.size(); ++c) {
      const Interval& cell = row.cells[c];
      if (cell.samples == 0) continue;
      cells[table.metrics[c]] = {
          {"mean", cell.mean}, {"low", cell.low}, {"high", cell.high}, {"annotated_pairs", cell.samples}};
      if (table.is_of_differences) cells[table.metrics[c]]["shown"] = shows_difference(cell);
    }
    rows[row.name] = cells;
  }
  return {{"title", table.title}, {"rows", rows}};
}

std::string to_text(const Results& results) {
  if (results.empty()) return {};
  std::string text;
  std::vector<ResultsTable> tables = results.per_set();
  tables.insert(tables.begin(), results.overall());
  for (ResultsTable& table : std::vector{results.within_categories(), results.across_categories(),
                                         results.leads_of_full(), results.leads_of_inference()})
    tables.push_back(std::move(table));
  for (const ResultsTable& table : tables)
    if (!table.rows.empty()) text += to_text(table) + "\n";
  return text +
         "Differences are paired, above 0 the first is better; not shown: 0 lies in the interval.\n"
         "Means over (pair, direction) with 95 % bootstrap intervals over annotated pairs; * best.\n";
}

nlohmann::json to_json(const Results& results) {
  nlohmann::json functions = nlohmann::json::array();
  for (const ResultsTable& table : results.per_function()) functions.push_back(to_json(table));
  nlohmann::json sets = nlohmann::json::array();
  for (const ResultsTable& table : results.per_set()) sets.push_back(to_json(table));
  return {{"overall", to_json(results.overall())},
          {"within", to_json(results.within_categories())},
          {"across", to_json(results.across_categories())},
          {"lead", to_json(results.leads_of_full())},
          {"inference", to_json(results.leads_of_inference())},
          {"functions", functions},
          {"sets", sets}};
}

}  // namespace funcorr
