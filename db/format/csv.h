#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace funcorr {

// A table with a header line. Quotes as in RFC 4180: "a ""b"", c" is one field, which may hold line breaks.
struct CsvTable {
  struct Row {
    int line = 0;  // where it begins in the file, 1-based
    std::vector<std::string> fields;
  };
  std::vector<std::string> header;
  std::vector<Row> rows;

  std::optional<std::size_t> column(const std::string& name) const;  // any case
};

// How lines are written; RFC 4180 itself ends them with "\r\n".
struct CsvStyle {
  std::string_view line_end = "\n";
  std::string_view also_quoted =
      {};  // letters that put their field into quotes, beside ',', '"' and line breaks
};
// The fields of a row as a line, parted by commas.
std::string csv_line(const std::vector<std::string>& fields, const CsvStyle& style = {});

// `delimiter` 0: a tab where the first line holds one, else a comma, else a semicolon. Blank lines are
// skipped (one of "" is a row with an empty field), a UTF-8 mark too. Throws std::runtime_error "name:line:
// what is wrong" for an open quote, text after a closing quote, a row of another length than the header, a
// header without names or with one twice.
CsvTable parse_csv(std::string_view text, const std::string& name, char delimiter = 0);

}  // namespace funcorr
