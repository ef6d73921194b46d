// The numbers of the paper that ours are held against, against its text.
#include "eval/paper/published.h"

#include <regex>
#include <sstream>

#include "db/format/file.h"
#include "tests/catch.h"
#include "tests/golden.h"

namespace funcorr {
namespace {

struct PrintedRow {
  std::string name;
  std::vector<double> values;
};

// Rows of Table 1 below the line that names the set.
std::vector<PrintedRow> printed_rows(const std::string& text, const std::string& set) {
  static const std::regex tags("</?[a-z]+>"), citation(R"( \[\d+\])");
  std::istringstream lines(text.substr(text.find("<i>" + set)));
  std::string line;
  std::getline(lines, line);
  std::vector<PrintedRow> rows;
  while (std::getline(lines, line) && line.find('\t') != std::string::npos) {
    line = std::regex_replace(line, tags, "");
    std::istringstream cells(line);
    PrintedRow row;
    std::getline(cells, row.name, '\t');
    if (row.name.ends_with("Dataset")) break;
    row.name = std::regex_replace(row.name, citation, "");
    for (std::string cell; std::getline(cells, cell, '\t');) row.values.push_back(std::stod(cell));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

TEST_CASE("Table 1 is the paper's, number by number") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const std::filesystem::path paper = golden / ".." / "paper.txt";
  if (!std::filesystem::exists(paper)) {
    tests::skip_without_reference("no text of the paper beside the golden files");
    return;
  }
  const std::string text = read_text_file(paper);
  for (const auto& [set, name] : {std::pair{PairSet::kSynthetic, "Synthetic Evaluation Dataset"},
                                  {PairSet::kReal, "Real Evaluation Dataset"}}) {
    const std::vector<PrintedRow> printed = printed_rows(text, name);
    const std::vector<PublishedRow>& rows = published_rows(set);
    REQUIRE(printed.size() == 11);
    REQUIRE(rows.size() == printed.size());
    for (std::size_t r = 0; r < rows.size(); ++r) {
      INFO(name << ": " << printed[r].name);
      CHECK(rows[r].name == printed[r].name);
      CHECK(std::vector<double>(rows[r].values.begin(), rows[r].values.end()) == printed[r].values);
    }
  }
  CHECK(published_metrics().size() == kPublishedMetrics);
}

}  // namespace funcorr
