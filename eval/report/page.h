#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "db/dataset/record/table.h"
#include "eval/metric/results.h"

namespace funcorr {

// Building blocks of the report: one static HTML page without scripts or external resources. Text arguments
// are escaped here; only functions named …_html take ready HTML.

std::string html_escape(std::string_view text);

// Rows × metrics with intervals; the best of a column is bold, a difference that its interval does not show
// is marked.
std::string table_html(const ResultsTable& table);
// Plain cells under a header; numbers (columns with `is_number`) are right-aligned.
std::string plain_table_html(const std::vector<std::string>& columns,
                             const std::vector<std::vector<std::string>>& rows,
                             const std::vector<bool>& is_number = {});

// The table with blanks for the columns' underscores; folded away where it has more than `open_rows` rows.
std::string statistics_html(Table table, std::size_t open_rows,
                            const std::vector<std::string>& without_columns = {});

// An image beside the page, with its alternative text and caption.
std::string figure_html(const std::string& file, const std::string& caption, int width_px);
// Figures beside each other, as many as fit.
std::string figure_row_html(const std::vector<std::string>& figures_html);
std::string details_html(const std::string& summary, const std::string& body_html);

// A number that stands out, with what it counts.
struct Card {
  std::string value, label;
};
std::string cards_html(const std::vector<Card>& cards);
// "There are no masks yet; make them by:" and the command.
std::string missing_html(const std::string& what, const std::string& command);
std::string paragraph_html(const std::string& text);  // a remark in small print

struct PageSection {
  std::string title, body_html;
};
// The whole document, with a table of contents.
std::string page_html(const std::string& title, const std::string& subtitle,
                      const std::vector<PageSection>& sections);

}  // namespace funcorr
