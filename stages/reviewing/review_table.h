#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "labeling/taxonomy/taxonomy.h"

namespace funcorr {

// Tables (CSV) that a person edits in any spreadsheet and hands back. The column "decision" says "keep" or
// "drop"; names and descriptions may be changed, rows added. "note" is for people.

// One function of one category.
struct FunctionRow {
  bool keep = true;
  std::string function, description, category, note;
};
std::string function_table(const std::vector<FunctionRow>& rows);
// Throws UsageError "file:line: what is wrong".
std::vector<FunctionRow> read_function_table(const std::filesystem::path& file);
// The functions and categories that are kept, without parts.
Taxonomy taxonomy_from(const std::vector<FunctionRow>& rows);

// One part of one category.
struct PartRow {
  bool keep = true;
  std::string category, part;
  TaxonomyPart entry;
  std::string note;
};
std::string part_table(const std::vector<PartRow>& rows);
std::vector<PartRow> read_part_table(const std::filesystem::path& file);  // throws UsageError likewise

}  // namespace funcorr
