#pragma once

#include <string>
#include <vector>

#include "eval/metric/results.h"

namespace funcorr {

// Inline SVG for the report's page. Text arguments are escaped here. Nothing to draw: an empty string.

// One line of a chart: y over x, both in data units.
struct Curve {
  std::string name;
  std::vector<double> x, y;
};
// Lines with axes, ticks and a legend. Points that are not finite break a line.
std::string chart_svg(const std::string& title, const std::string& x_label, const std::vector<Curve>& curves);

// The rows of a results table beside each other, a panel per metric: the mean as a dot, its interval as a
// line. Metrics that the table lacks are left out.
std::string interval_chart_svg(const ResultsTable& table, const std::vector<std::string>& metrics);

// The curve in at most `most_points` points, each the mean of as many neighbours: what a long noisy one
// shows.
Curve thinned(const Curve& curve, std::size_t most_points = 200);

}  // namespace funcorr
