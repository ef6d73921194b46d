#include "eval/report/page.h"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

namespace funcorr {
namespace {

constexpr std::string_view kStyle = R"(
:root { --ink: #1d2433; --faint: #687083; --line: #dfe3ea; --wash: #f6f7f9; --accent: #1f5fbf; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 78rem; color: var(--ink); background: #fff;
  font: 15px/1.55 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
h1 { margin: 0; font-size: 1.9rem; letter-spacing: -0.02em; }
h2 { margin: 2.8rem 0 0.8rem; padding-bottom: 0.3rem; border-bottom: 1px solid var(--line); font-size: 1.3rem; }
h3 { margin: 1.6rem 0 0.5rem; font-size: 1rem; }
p.subtitle, figcaption, .note { color: var(--faint); }
nav a { margin-right: 1.1rem; color: var(--accent); text-decoration: none; }
nav a:hover { text-decoration: underline; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 0.4rem 0 1rem; }
caption { text-align: left; color: var(--faint); padding-bottom: 0.3rem; }
th, td { padding: 0.3rem 0.75rem; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
thead th { border-bottom: 2px solid var(--ink); font-weight: 600; }
td.n, th.n { text-align: right; }
tbody tr:hover { background: var(--wash); }
td small { display: block; color: var(--faint); font-size: 0.75em; line-height: 1.1; }
td.best { font-weight: 700; }
td.best small { font-weight: 400; }
figure { display: inline-block; margin: 0 1.2rem 1.2rem 0; vertical-align: top; }
figure img { max-width: 100%; border: 1px solid var(--line); border-radius: 4px; display: block; }
figcaption { font-size: 0.85rem; margin-top: 0.3rem; }
details { margin: 0.5rem 0; }
summary { cursor: pointer; color: var(--accent); }
pre { background: var(--wash); border: 1px solid var(--line); border-radius: 4px; padding: 0.8rem 1rem; overflow-x: auto;
  font-size: 0.85rem; }
svg text { font: 11px system-ui, "Segoe UI", Arial, sans-serif; fill: #687083; }
svg { max-width: 100%; height: auto; }
svg text.title { font-size: 13px; font-weight: 600; fill: #1d2433; }
svg text.row { font-size: 13px; fill: #1d2433; }
.cards { display: flex; flex-wrap: wrap; gap: 0.8rem; margin: 1.4rem 0; }
.card { flex: 1 1 8rem; padding: 0.8rem 1rem; background: var(--wash); border: 1px solid var(--line); border-radius: 8px; }
.card b { display: block; font-size: 1.5rem; line-height: 1.2; letter-spacing: -0.01em; font-variant-numeric: tabular-nums; }
.card span { color: var(--faint); font-size: 0.85rem; }
.missing { padding: 0.7rem 1rem; background: #fff8e6; border: 1px solid #f0dfae; border-radius: 6px; }
code { background: var(--wash); border: 1px solid var(--line); border-radius: 4px; padding: 0.05rem 0.3rem; font-size: 0.9em; }
.row { display: flex; flex-wrap: wrap; gap: 0.8rem; margin: 0 0 1.4rem; }
.row figure { margin: 0; flex: 1 1 21rem; max-width: 29rem; }
@media print { nav { display: none; } body { max-width: none; padding: 0; } }
)";

std::string anchor(const std::string& title) {
  std::string id;
  for (const char c : title)
    id += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c
          : c >= 'A' && c <= 'Z'                           ? static_cast<char>(c - 'A' + 'a')
                                                           : '-';
  return id;
}

}  // namespace

std::string html_escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  return escaped;
}

std::string table_html(const ResultsTable& table) {
  std::string html = "<div class=\"scroll\"><table><caption>" + html_escape(table.title) +
                     "</caption><thead><tr><th>row</th>";
  for (const std::string& metric : table.metrics)
    html += "<th class=\"n\">" + html_escape(metric_label(metric)) + "</th>";
  html += "</tr></thead><tbody>";
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    html += "<tr><td>" + html_escape(table.rows[r].name) + "</td>";
    for (std::size_t c = 0; c < table.metrics.size(); ++c) {
      const Interval& cell = table.rows[r].cells[c];
      const char* kind = table.best_row(c) == r ? "n best" : "n";
      const bool not_shown = table.is_of_differences && !shows_difference(cell);
      html += cell.samples == 0
                  ? std::string("<td class=\"n\">–</td>")
                  : fmt::format("<td class=\"{}\">{:.3f}<small>{:.3f} – {:.3f}{}</small></td>", kind,
                                cell.mean, cell.low, cell.high, not_shown ? "<br>not shown" : "");
    }
    html += "</tr>";
  }
  return html + "</tbody></table></div>\n";
}

std::string plain_table_html(const std::vector<std::string>& columns,
                             const std::vector<std::vector<std::string>>& rows,
                             const std::vector<bool>& is_number) {
  const auto open = [&](const char* tag, std::size_t column) {
    const bool right = column < is_number.size() && is_number[column];
    return std::string("<") + tag + (right ? " class=\"n\">" : ">");
  };
  std::string html = "<div class=\"scroll\"><table><thead><tr>";
  for (std::size_t c = 0; c < columns.size(); ++c) html += open("th", c) + html_escape(columns[c]) + "</th>";
  html += "</tr></thead><tbody>";
  for (const auto& row : rows) {
    html += "<tr>";
    for (std::size_t c = 0; c < row.size(); ++c) html += open("td", c) + html_escape(row[c]) + "</td>";
    html += "</tr>";
  }
  return html + "</tbody></table></div>\n";
}

std::string statistics_html(Table table, std::size_t open_rows,
                            const std::vector<std::string>& without_columns) {
  for (std::size_t c = table.columns.size(); c-- > 0;) {
    if (std::find(without_columns.begin(), without_columns.end(), table.columns[c]) == without_columns.end())
      continue;
    const auto at = static_cast<std::ptrdiff_t>(c);
    table.columns.erase(table.columns.begin() + at);
    table.is_number.erase(table.is_number.begin() + at);
    for (std::vector<std::string>& row : table.rows) row.erase(row.begin() + at);
  }
  for (std::string& column : table.columns) std::replace(column.begin(), column.end(), '_', ' ');
  const std::string html = plain_table_html(table.columns, table.rows, table.is_number);
  return table.rows.size() <= open_rows ? html
                                        : details_html(fmt::format("{} rows", table.rows.size()), html);
}

std::string figure_html(const std::string& file, const std::string& caption, int width_px) {
  return fmt::format(
      "<figure><img src=\"{}\" alt=\"{}\" width=\"{}\" "
      "loading=\"lazy\"><figcaption>{}</figcaption></figure>\n",
      html_escape(file), html_escape(caption), width_px, html_escape(caption));
}

std::string figure_row_html(const std::vector<std::string>& figures_html) {
  std::string html = "<div class=\"row\">";
  for (const std::string& figure : figures_html) html += figure;
  return html + "</div>\n";
}

std::string cards_html(const std::vector<Card>& cards) {
  std::string html = "<div class=\"cards\">";
  for (const Card& card : cards)
    html += "<div class=\"card\"><b>" + html_escape(card.value) + "</b><span>" + html_escape(card.label) +
            "</span></div>";
  return html + "</div>\n";
}

std::string missing_html(const std::string& what, const std::string& command) {
  return "<p class=\"missing\">" + html_escape(what) + " <code>" + html_escape(command) + "</code></p>\n";
}

std::string paragraph_html(const std::string& text) {
  return "<p class=\"note\">" + html_escape(text) + "</p>\n";
}

std::string details_html(const std::string& summary, const std::string& body_html) {
  return "<details><summary>" + html_escape(summary) + "</summary>" + body_html + "</details>\n";
}

std::string page_html(const std::string& title, const std::string& subtitle,
                      const std::vector<PageSection>& sections) {
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
      html_escape(title) + "</title>\n<style>" + std::string(kStyle) + "</style></head>\n<body>\n<h1>" +
      html_escape(title) + "</h1>\n<p class=\"subtitle\">" + html_escape(subtitle) + "</p>\n<nav>";
  for (const PageSection& section : sections)
    html += "<a href=\"#" + anchor(section.title) + "\">" + html_escape(section.title) + "</a> ";
  html += "</nav>\n";
  for (const PageSection& section : sections)
    html += "<h2 id=\"" + anchor(section.title) + "\">" + html_escape(section.title) + "</h2>\n" +
            section.body_html;
  return html + "</body></html>\n";
}

}  // namespace funcorr
