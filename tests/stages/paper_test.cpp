// `funcorr paper` at the end of the real line.
#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/dataset/report.h"
#include "db/format/json.h"
#include "tests/catch.h"
#include "tests/stages/real_line.h"

namespace funcorr {
namespace {

using nlohmann::json;
using tests::RealLine;

tests::Ran paper(const RealLine& line, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{
      "--workspace", line.workspace.path().string(), "paper", "--spatial-weights", "1", "--mask-weights", ""};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return tests::run(tests::driver(), arguments);
}

// The row of the first table, Table 1.
json row_of(const json& page, const std::string& label) {
  for (const json& row : page.at("tables")[0].at("rows"))
    if (row.at("row") == label) return row;
  return {};
}

}  // namespace

TEST_CASE(
    "paper trains and measures what its tables need, says what cannot be compared, and does nothing twice") {
  const tests::TemporaryFolder objects;
  tests::write_objects(objects.path());
  const RealLine line(objects.path());
  const auto ran = paper(line, {"--pair-pictures", "2"});
  INFO(ran.out << ran.err);
  REQUIRE(ran.status == 0);
  CHECK_THAT(ran.out, Catch::Matchers::ContainsSubstring("λ_spatial = 1 − base") &&
                          Catch::Matchers::ContainsSubstring("Ours (functional only) ["));

  const Workspace workspace{line.workspace.path()};
  const json page = read_json(paper_table_path(workspace, "json"));
  for (const char* row :
       {"chance", "backbone", "vlm+backbone", "functional", "spatial", "full-no-mask", "full"}) {
    INFO(row);
    const json found = row_of(page, row);
    REQUIRE(found.contains("cells"));
    CHECK(found.at("cells").at("transfer.distance").contains("mean"));
    CHECK(found.at("cells").at("transfer.distance").contains("difference"));
    CHECK(found.at("comparable") == false);  // own pairs
  }
  const std::string obstacles = row_of(page, "spatial").at("obstacles").dump();
  CHECK_THAT(obstacles, Catch::Matchers::ContainsSubstring("weight-free") &&
                            Catch::Matchers::ContainsSubstring("steps 60 (100000)") &&
                            Catch::Matchers::ContainsSubstring("simulated"));
  CHECK(row_of(page, "sd").at("cells").at("transfer.distance").contains("mean") == false);
  CHECK(page.at("weights")[0].at("rows").size() == 2);
  CHECK(page.at("costs").at("tokens").get<double>() > 0);
  CHECK(page.at("costs").at("seconds_per_question").contains("simulated"));
  CHECK(tests::read_text(paper_table_path(workspace, "csv")).starts_with("table,row,label,metric,ours"));
  const std::string html = tests::read_text(paper_page_path(workspace));
  CHECK_THAT(html, Catch::Matchers::ContainsSubstring("-full-discovery.png"));

  const auto again = paper(line, {"--pair-pictures", "2", "-n", "--json"});
  INFO(again.out << again.err);
  REQUIRE(again.status == 0);
  const json listings = json::parse(again.out);
  CHECK(listings.size() >= 15);
  for (const json& listing : listings) {
    INFO(listing.dump());
    CHECK(listing.at("to_do") == 0);
  }
}

}  // namespace funcorr
