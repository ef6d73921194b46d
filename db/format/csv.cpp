#include "db/format/csv.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <stdexcept>

#include "db/format/text.h"

namespace funcorr {
namespace {

char guess_delimiter(std::string_view text) {
  const std::string_view first = text.substr(0, text.find('\n'));
  if (first.find('\t') != std::string_view::npos) return '\t';
  return first.find(',') == std::string_view::npos && first.find(';') != std::string_view::npos ? ';' : ',';
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& name, char delimiter)
      : text_(text), name_(name), delimiter_(delimiter) {}

  // False at the end of the text.
  bool next_row(CsvTable::Row& row) {
    if (at_ >= text_.size()) return false;
    row = {line_, {}};
    blank_ = text_[at_] == '\n' || text_[at_] == '\r';
    for (;;) {
      row.fields.push_back(next_field());
      if (at_ < text_.size() && text_[at_] == delimiter_) {
        ++at_;
        continue;
      }
      end_line();
      return true;
    }
  }

  bool row_was_blank() const { return blank_; }

  [[noreturn]] void fail(int line, const std::string& what) const {
    throw std::runtime_error(name_ + ":" + std::to_string(line) + ": " + what);
  }

 private:
  std::string next_field() {
    if (at_ < text_.size() && text_[at_] == '"') return quoted_field();
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string quoted_field() {
    const int opened = line_;
    std::string field;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        field += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        field += '"';
        ++at_;
      } else {
        ++at_;
        if (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n' && text_[at_] != '\r')
          fail(line_, "text after a closing quote; a quote within a quoted field is written twice");
        return field;
      }
    }
    fail(opened, "a quote is opened here and never closed");
  }

  void end_line() {
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
  }

  std::string_view text_;
  std::string name_;
  char delimiter_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool blank_ = false;
};

}  // namespace

std::optional<std::size_t> CsvTable::column(const std::string& name) const {
  for (std::size_t i = 0; i < header.size(); ++i)
    if (lower_case(header[i]) == lower_case(name)) return i;
  return std::nullopt;
}

std::string csv_line(const std::vector<std::string>& fields, const CsvStyle& style) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string& field = fields[i];
    if (i > 0) line += ',';
    const bool alone_and_empty = fields.size() == 1 && field.empty();  // else it would read as a blank line
    if (!alone_and_empty && field.find_first_of(",\"\r\n") == std::string::npos &&
        field.find_first_of(style.also_quoted) == std::string::npos) {
      line += field;
      continue;
    }
    line += '"';
    for (const char c : field) line.append(c == '"' ? 2 : 1, c);
    line += '"';
  }
  return line.append(style.line_end);
}

CsvTable parse_csv(std::string_view text, const std::string& name, char delimiter) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  Parser parser(text, name, delimiter == 0 ? guess_delimiter(text) : delimiter);
  CsvTable table;
  CsvTable::Row row;
  while (parser.next_row(row)) {
    if (parser.row_was_blank()) continue;
    if (table.header.empty()) {
      table.header = row.fields;
      std::set<std::string> seen;
      for (const std::string& column : table.header)
        if (column.empty() || !seen.insert(lower_case(column)).second)
          parser.fail(row.line,
                      column.empty() ? "a column without a name" : "column '" + column + "' occurs twice");
    } else if (row.fields.size() != table.header.size()) {
      parser.fail(row.line, std::to_string(row.fields.size()) + " fields, the header has " +
                                std::to_string(table.header.size()));
    } else {
      table.rows.push_back(std::move(row));
    }
  }
  if (table.header.empty()) parser.fail(1, "no header line");
  return table;
}

}  // namespace funcorr
