#include "db/manifest/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include "db/format/csv.h"
#include "db/manifest/connection.h"
#include "db/manifest/schema.h"

namespace funcorr {
namespace {

// Columns on the terminal, counting UTF-8 code points.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

nlohmann::ordered_json json_value(const std::string& text, bool is_number) {
  if (!is_number) return text;
  if (text.empty()) return nullptr;
  return nlohmann::ordered_json::parse(text, nullptr, false);
}

}  // namespace

const std::vector<std::string>& statistics_views() { return view_names(); }

Table statistics(Manifest& manifest, const std::string& view) {
  const std::vector<std::string>& known = statistics_views();
  const auto found = std::find_if(known.begin(), known.end(), [&](const std::string& name) {
    return name == view || name == "stats_" + view;
  });
  if (found == known.end()) {
    std::string names;
    for (const std::string& name : known) names += (names.empty() ? "" : ", ") + name.substr(6);
    throw UsageError("no statistics '" + view + "'; there are: " + names);
  }
  Table table;
  try {
    SQLite::Statement statement(manifest.connection(), "SELECT * FROM " + *found);
    const int columns = statement.getColumnCount();
    std::vector<bool> has_text(static_cast<std::size_t>(columns), false);
    for (int i = 0; i < columns; ++i) table.columns.emplace_back(statement.getColumnName(i));
    while (statement.executeStep()) {
      std::vector<std::string>& row = table.rows.emplace_back();
      for (int i = 0; i < columns; ++i) {
        const SQLite::Column cell = statement.getColumn(i);
        row.push_back(cell.isNull() ? std::string() : cell.getString());
        if (cell.isText()) has_text[static_cast<std::size_t>(i)] = true;
      }
    }
    for (std::size_t i = 0; i < table.columns.size(); ++i) table.is_number.push_back(!has_text[i]);
  } catch (const SQLite::Exception& error) {
    throw describe_error(manifest.file(), "reading " + *found, error);
  }
  return table;
}

std::string to_text(const Table& table) {
  std::vector<std::size_t> widths;
  for (const std::string& column : table.columns) widths.push_back(width(column));
  for (const std::vector<std::string>& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string padding(widths[i] - width(cells[i]), ' ');
      if (i > 0) text += "  ";
      text += table.is_number[i] ? padding + cells[i] : cells[i] + padding;
    }
    return text.erase(text.find_last_not_of(' ') + 1) + "\n";
  };
  std::string text = line(table.columns);
  for (const std::vector<std::string>& row : table.rows) text += line(row);
  return text;
}

std::string to_csv(const Table& table) {
  const CsvStyle style{.line_end = "\r\n"};
  std::string text = csv_line(table.columns, style);
  for (const std::vector<std::string>& row : table.rows) text += csv_line(row, style);
  return text;
}

std::string to_json(const Table& table) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const std::vector<std::string>& row : table.rows) {
    nlohmann::ordered_json& object = rows.emplace_back(nlohmann::ordered_json::object());
    for (std::size_t i = 0; i < row.size(); ++i)
      object[table.columns[i]] = json_value(row[i], table.is_number[i]);
  }
  return rows.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace funcorr
