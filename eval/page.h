#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eval/results.h"

namespace funcorr {

// Building blocks of the report: one static HTML page without scripts or external resources. Text arguments
// are escaped here; only functions named …_html take ready HTML.

std::string html_escape(std::string_view text);

// Rows × metrics with intervals; the best of a column is bold.
std::string table_html(const ResultsTable& table);
// Plain cells under a header; numbers (columns with `is_number`) are right-aligned.
std::string plain_table_html(const std::vector<std::string>& columns,
                             const std::vector<std::vector<std::string>>& rows,
                             const std::vector<bool>& is_number = {});

// One line of a chart: y over x, both in data units.
struct Curve {
  std::string name;
  std::vector<double> x, y;
};
// Inline SVG line chart with axes, ticks and a legend. Points that are not finite break a line.
std::string chart_svg(const std::string& title, const std::string& x_label, const std::vector<Curve>& curves);

// An image beside the page, with its alternative text and caption.
std::string figure_html(const std::string& file, const std::string& caption, int width_px);
std::string details_html(const std::string& summary, const std::string& body_html);

struct PageSection {
  std::string title, body_html;
};
// The whole document, with a table of contents.
std::string page_html(const std::string& title, const std::string& subtitle,
                      const std::vector<PageSection>& sections);

}  // namespace funcorr
