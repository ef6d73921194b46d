#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "db/dataset/record/part.h"
#include "db/dataset/workspace.h"
#include "labeling/taxonomy/taxonomy.h"

namespace funcorr {

// Tables (CSV) that a person edits in any spreadsheet and hands back. The column "decision" says "keep" or
// "drop"; names and descriptions may be changed, rows added. "note" is for people.

// Where a workspace keeps such a table, and where a person saves it again.
struct ReviewFiles {
  std::filesystem::path to_review, reviewed;
};
ReviewFiles function_review(const Workspace& workspace);
ReviewFiles part_review(const Workspace& workspace);
// The table that a person handed back: `own`, where it is not empty, else the workspace's; empty where there
// is none.
std::filesystem::path reviewed_file(const std::filesystem::path& own, const ReviewFiles& files);

// For people: what to do with it.
std::string review_hint(const ReviewFiles& files);

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
// Those of `parts` that perform a function, all of them kept.
std::string part_table(const std::vector<Part>& parts);
std::vector<PartRow> read_part_table(const std::filesystem::path& file);  // throws UsageError likewise

}  // namespace funcorr
