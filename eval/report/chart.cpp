#include "eval/report/chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "eval/report/page.h"

namespace funcorr {
namespace {

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

// One panel of the interval chart: rows from top to bottom, values from left to right.
constexpr double kNameWidth = 165, kPanelWidth = 190, kRowHeight = 22, kPanelTop = 30, kPanelBottom = 24;

Range range_of(const ResultsTable& table, std::size_t column) {
  Range range;
  for (const ResultsTable::Row& row : table.rows)
    if (const Interval& cell = row.cells[column]; cell.samples > 0) {
      range.add(cell.low);
      range.add(cell.high);
    }
  return range;
}

std::string panel_svg(const ResultsTable& table, std::size_t column, double left) {
  const Range range = range_of(table, column);
  const double right = left + kPanelWidth - 26;
  const double bottom = kPanelTop + kRowHeight * static_cast<double>(table.rows.size());
  const auto px = [&](double value) { return left + (value - range.low) / range.span() * (right - left); };
  std::string svg = fmt::format(R"(<text class="title" x="{:.1f}" y="16">{}</text>)", left,
                                html_escape(metric_label(table.metrics[column])));
  const double step = tick_step(range.span(), 3);
  for (double tick = std::ceil(range.low / step) * step; tick <= range.high + 1e-9 * step; tick += step)
    svg += fmt::format(
        R"(<line x1="{0:.1f}" x2="{0:.1f}" y1="{1:.1f}" y2="{2:.1f}" stroke="#e4e8ee"/><text x="{0:.1f}" y="{3:.1f}" text-anchor="middle">{4}</text>)",
        px(tick), kPanelTop - 4, bottom, bottom + 14, number(tick));
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    const Interval& cell = table.rows[r].cells[column];
    if (cell.samples == 0) continue;
    const double y = kPanelTop + kRowHeight * (static_cast<double>(r) + 0.5);
    const char* color = table.best_row(column) == r ? kLineColors[0] : "#8a93a5";
    svg += fmt::format(
        R"(<line x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}" stroke="{}" stroke-width="2.5" stroke-linecap="round"/><circle cx="{:.1f}" cy="{:.1f}" r="4.5" fill="{}"/>)",
        px(cell.low), px(cell.high), y, y, color, px(cell.mean), y, color);
  }
  return svg;
}

}  // namespace

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

std::string interval_chart_svg(const ResultsTable& table, const std::vector<std::string>& metrics) {
  std::string panels;
  double left = kNameWidth;
  for (const std::string& metric : metrics) {
    const auto found = std::find(table.metrics.begin(), table.metrics.end(), metric);
    if (found == table.metrics.end()) continue;
    panels += panel_svg(table, static_cast<std::size_t>(found - table.metrics.begin()), left);
    left += kPanelWidth;
  }
  if (panels.empty()) return {};
  const double height = kPanelTop + kRowHeight * static_cast<double>(table.rows.size()) + kPanelBottom;
  std::string svg = fmt::format(
      R"(<svg viewBox="0 0 {0:.0f} {1:.0f}" width="{0:.0f}" height="{1:.0f}" role="img" aria-label="{2}">)",
      left, height, html_escape(table.title));
  for (std::size_t r = 0; r < table.rows.size(); ++r)
    svg += fmt::format(R"(<text class="row" x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>)",
                       kNameWidth - 18, kPanelTop + kRowHeight * (static_cast<double>(r) + 0.5) + 4,
                       html_escape(table.rows[r].name));
  return svg + panels + "</svg>\n";
}

Curve thinned(const Curve& curve, std::size_t most_points) {
  const std::size_t count = std::min(curve.x.size(), curve.y.size());
  if (most_points == 0 || count <= most_points) return curve;
  Curve result{curve.name, {}, {}};
  for (std::size_t i = 0; i < most_points; ++i) {
    const std::size_t begin = i * count / most_points, end = (i + 1) * count / most_points;
    double x = 0, y = 0;
    for (std::size_t at = begin; at < end; ++at) {
      x += curve.x[at];
      y += curve.y[at];
    }
    result.x.push_back(x / static_cast<double>(end - begin));
    result.y.push_back(y / static_cast<double>(end - begin));
  }
  return result;
}

}  // namespace funcorr
