#include "labeling/taxonomy/review_table.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "db/format/csv.h"
#include "db/format/error.h"

namespace funcorr {
namespace {

using Fields = std::vector<std::string>;

// Semicolons are quoted too: spreadsheets of some countries part fields by them.
std::string line_of(const Fields& fields) { return csv_line(fields, {.also_quoted = ";"}); }

const char* decision(bool keep) { return keep ? "keep" : "drop"; }

// A table with these columns; every row's fields in their order.
class ReviewFile {
 public:
  ReviewFile(const std::filesystem::path& file, const Fields& columns) : name_(file.string()) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw UsageError("review table " + name_ + " cannot be read");
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    try {
      table_ = parse_csv(text, name_);
    } catch (const std::runtime_error& error) {
      throw UsageError(error.what());
    }
    for (const std::string& column : columns) {
      const auto index = table_.column(column);
      if (!index) throw UsageError(name_ + ": there is no column \"" + column + "\"");
      indices_.push_back(*index);
    }
  }
  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (const CsvTable::Row& row : table_.rows) {
      Fields fields;
      for (const std::size_t index : indices_) fields.push_back(row.fields.at(index));
      visit(row.line, fields);
    }
  }
  UsageError error(int line, const std::string& what) const {
    return UsageError(fmt::format("{}:{}: {}", name_, line, what));
  }
  bool yes_or_no(int line, const std::string& text, const char* yes, const char* no) const {
    if (text != yes && text != no)
      throw error(line, fmt::format("\"{}\" is neither \"{}\" nor \"{}\"", text, yes, no));
    return text == yes;
  }

 private:
  std::string name_;
  CsvTable table_;
  std::vector<std::size_t> indices_;
};

const Fields kFunctionColumns = {"decision", "function", "description", "category", "note"};
const Fields kPartColumns = {"decision",    "category", "part", "functions",
                             "description", "small",    "edge", "note"};

std::vector<std::string> split_functions(const std::string& text) {
  std::set<std::string> functions;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(';', begin), text.size());
    std::string name = text.substr(begin, end - begin);
    while (name.starts_with(' ')) name.erase(0, 1);
    while (name.ends_with(' ')) name.pop_back();
    if (!name.empty()) functions.insert(name);
    begin = end + 1;
  }
  return {functions.begin(), functions.end()};
}

std::string join_functions(const std::vector<std::string>& functions) {
  std::string text;
  for (const std::string& function : functions) text.append(text.empty() ? "" : "; ").append(function);
  return text;
}

}  // namespace

ReviewFiles function_review(const Workspace& workspace) {
  const std::filesystem::path folder = taxonomy_file(workspace).parent_path();
  return {folder / "review.csv", folder / "reviewed.csv"};
}

ReviewFiles part_review(const Workspace& workspace) {
  const std::filesystem::path folder = taxonomy_file(workspace).parent_path();
  return {folder / "parts-review.csv", folder / "parts-reviewed.csv"};
}

std::filesystem::path reviewed_file(const std::filesystem::path& own, const ReviewFiles& files) {
  if (!own.empty()) return own;
  return std::filesystem::exists(files.reviewed) ? files.reviewed : std::filesystem::path();
}

std::string review_hint(const ReviewFiles& files) {
  return "to review: edit " + files.to_review.string() + " and save it as " + files.reviewed.string() + "\n";
}

std::string function_table(const std::vector<FunctionRow>& rows) {
  std::string text = line_of(kFunctionColumns);
  for (const FunctionRow& row : rows)
    text += line_of({decision(row.keep), row.function, row.description, row.category, row.note});
  return text;
}

std::vector<FunctionRow> read_function_table(const std::filesystem::path& file) {
  const ReviewFile table(file, kFunctionColumns);
  std::vector<FunctionRow> rows;
  table.for_each([&](int line, const Fields& fields) {
    if (fields[1].empty() || fields[3].empty())
      throw table.error(line, "function and category must be named");
    rows.push_back(
        {table.yes_or_no(line, fields[0], "keep", "drop"), fields[1], fields[2], fields[3], fields[4]});
  });
  return rows;
}

Taxonomy taxonomy_from(const std::vector<FunctionRow>& rows) {
  Taxonomy taxonomy;
  std::map<std::string, std::set<std::string>> functions_of;
  for (const FunctionRow& row : rows) {
    if (!row.keep) continue;
    std::string& description = taxonomy.functions[row.function];
    if (description.empty()) description = row.description;
    functions_of[row.category].insert(row.function);
  }
  for (const auto& [category, functions] : functions_of)
    taxonomy.categories[category].functions.assign(functions.begin(), functions.end());
  return taxonomy;
}

std::string part_table(const std::vector<PartRow>& rows) {
  std::string text = line_of(kPartColumns);
  for (const PartRow& row : rows)
    text += line_of({decision(row.keep), row.category, row.part, join_functions(row.entry.functions),
                     row.entry.description, row.entry.is_small ? "yes" : "no",
                     row.entry.is_edge ? "yes" : "no", row.note});
  return text;
}

std::string part_table(const std::vector<Part>& parts) {
  std::vector<PartRow> rows;
  for (const Part& part : parts)
    if (!part.functions.empty())
      rows.push_back({true,
                      part.category,
                      part.name,
                      {part.description, part.functions, part.is_small, part.is_edge},
                      {}});
  return part_table(rows);
}

std::vector<PartRow> read_part_table(const std::filesystem::path& file) {
  const ReviewFile table(file, kPartColumns);
  std::vector<PartRow> rows;
  table.for_each([&](int line, const Fields& fields) {
    if (fields[1].empty() || fields[2].empty()) throw table.error(line, "category and part must be named");
    rows.push_back({table.yes_or_no(line, fields[0], "keep", "drop"),
                    fields[1],
                    fields[2],
                    {fields[4], split_functions(fields[3]), table.yes_or_no(line, fields[5], "yes", "no"),
                     table.yes_or_no(line, fields[6], "yes", "no")},
                    fields[7]});
  });
  return rows;
}

}  // namespace funcorr
