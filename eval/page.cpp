#include "eval/page.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

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
svg text.title { font-size: 13px; font-weight: 600; fill: #1d2433; }
@media print { nav { display: none; } body { max-width: none; padding: 0; } }
)";

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void add(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return !(low <= high); }
  double span() const { return high > low ? high - low : 1.0; }
};

// Round step of 1, 2 or 5 times a power of ten that gives about `count` ticks.
double tick_step(double span, int count) {
  const double raw = span / count, power = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= raw) return factor * power;
  return 10 * power;
}

std::string number(double value) { return fmt::format("{:.4g}", std::abs(value) < 1e-12 ? 0.0 : value); }

constexpr double kWidth = 520, kHeight = 300, kLeft = 52, kRight = 12, kTop = 30, kBottom = 40;
constexpr std::array<const char*, 7> kLineColors{"#1f5fbf", "#d1495b", "#2e8b57", "#e08e0b",
                                                 "#7b4fb5", "#0f8b8d", "#5c677d"};

struct Axes {
  Range x, y;
  double px(double value) const { return kLeft + (value - x.low) / x.span() * (kWidth - kLeft - kRight); }
  double py(double value) const {
    return kHeight - kBottom - (value - y.low) / y.span() * (kHeight - kTop - kBottom);
  }
};

std::string ticks_svg(const Axes& axes) {
  std::string svg;
  const double dy = tick_step(axes.y.span(), 5), dx = tick_step(axes.x.span(), 6);
  for (double y = std::ceil(axes.y.low / dy) * dy; y <= axes.y.high + 1e-9 * dy; y += dy)
    svg += fmt::format(
        R"(<line x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}" stroke="#e4e8ee"/><text x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>)",
        kLeft, kWidth - kRight, axes.py(y), axes.py(y), kLeft - 6, axes.py(y) + 4, number(y));
  for (double x = std::ceil(axes.x.low / dx) * dx; x <= axes.x.high + 1e-9 * dx; x += dx)
    svg += fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>)", axes.px(x),
                       kHeight - kBottom + 16, number(x));
  return svg;
}

std::string line_svg(const Axes& axes, const Curve& curve, const char* color) {
  std::string path;
  bool pen_down = false;
  for (std::size_t i = 0; i < std::min(curve.x.size(), curve.y.size()); ++i) {
    const bool finite = std::isfinite(curve.x[i]) && std::isfinite(curve.y[i]);
    if (finite)
      path += fmt::format("{}{:.1f} {:.1f}", pen_down ? "L" : "M", axes.px(curve.x[i]), axes.py(curve.y[i]));
    pen_down = finite;
  }
  return fmt::format(R"(<path d="{}" fill="none" stroke="{}" stroke-width="1.6"/>)", path, color);
}

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
      html += cell.samples == 0 ? std::string("<td class=\"n\">–</td>")
                                : fmt::format("<td class=\"{}\">{:.3f}<small>{:.3f} – {:.3f}</small></td>",
                                              kind, cell.mean, cell.low, cell.high);
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

std::string chart_svg(const std::string& title, const std::string& x_label,
                      const std::vector<Curve>& curves) {
  Axes axes;
  for (const Curve& curve : curves) {
    for (const double x : curve.x) axes.x.add(x);
    for (const double y : curve.y) axes.y.add(y);
  }
  if (axes.x.empty() || axes.y.empty()) return {};
  if (axes.y.low > 0 && axes.y.low < 0.5 * axes.y.high) axes.y.low = 0;  // show how far from 0 a loss is
  std::string svg = fmt::format(
      R"(<svg viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img" aria-label="{2}"><text class="title" x="{3}" y="18">{2}</text>)",
      kWidth, kHeight, html_escape(title), kLeft);
  svg += ticks_svg(axes);
  svg += fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>)",
                     (kLeft + kWidth - kRight) / 2, kHeight - 6, html_escape(x_label));
  double legend_y = kTop + 12;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const char* color = kLineColors[i % kLineColors.size()];
    svg += line_svg(axes, curves[i], color);
    svg += fmt::format(
        R"(<line x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}" stroke="{}" stroke-width="3"/><text x="{:.1f}" y="{:.1f}">{}</text>)",
        kWidth - 122, kWidth - 106, legend_y - 4, legend_y - 4, color, kWidth - 100, legend_y,
        html_escape(curves[i].name));
    legend_y += 15;
  }
  return svg + "</svg>\n";
}

std::string figure_html(const std::string& file, const std::string& caption, int width_px) {
  return fmt::format(
      "<figure><img src=\"{}\" alt=\"{}\" width=\"{}\" "
      "loading=\"lazy\"><figcaption>{}</figcaption></figure>\n",
      html_escape(file), html_escape(caption), width_px, html_escape(caption));
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
