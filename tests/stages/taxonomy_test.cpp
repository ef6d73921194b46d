// The stages taxonomy and parts against the simulated server.
#include "db/manifest/taxonomy.h"

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "db/manifest/assets.h"
#include "labeling/taxonomy/review_table.h"
#include "labeling/taxonomy/taxonomy.h"
#include "pipeline/data_file.h"
#include "pipeline/stage.h"
#include "tests/catch.h"
#include "tests/pipeline/program.h"
#include "tests/stages/running_server.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

class TaxonomyWorkspace {
 public:
  TaxonomyWorkspace() : workspace{folder_.path()} {
    Manifest manifest(workspace.manifest());
    for (const std::string category : {"mug", "hammer"}) {
      Asset asset;
      asset.uid = category;
      asset.category = category;
      asset.format = "glb";
      upsert_asset(manifest, asset);
    }
  }
  tests::Ran run(const std::string& stage, const std::string& url, std::vector<std::string> more = {}) const {
    more.insert(more.begin(),
                {"--workspace", workspace.root.string(), "--servers", url, "--model", "simulated",
                 "--embedding-model", "simulated", "--retry-delay-s", "0.02", "--min-free-disk-mb", "1"});
    return tests::run((executable_file().parent_path() / ("funcorr-" + stage)).string(), more);
  }
  fs::path file(const char* name) const { return workspace.root / "taxonomy" / name; }
  Taxonomy taxonomy() const { return read_taxonomy(file("taxonomy.json")); }
  std::map<std::string, Part> parts(const std::string& category) const {
    Manifest manifest(workspace.manifest());
    std::map<std::string, Part> by_name;
    for (const Part& part : parts_of_category(manifest, category)) by_name[part.name] = part;
    return by_name;
  }

 private:
  tests::TemporaryFolder folder_;

 public:
  Workspace workspace;
};

SimulatedServerOptions noisy_server(double wrong, double malformed) {
  SimulatedServerOptions options;
  options.noise = {0, 0, wrong, 0, malformed};
  options.threads = 80;
  return options;
}

}  // namespace

TEST_CASE("A taxonomy is shipped, proposed by a model without doubles, and as a person hands it back") {
  const TaxonomyWorkspace made;
  REQUIRE(made.run("taxonomy", "http://127.0.0.1:1/v1").status == 0);
  CHECK(made.taxonomy().categories.size() == 160);

  const tests::RunningServer server(
      noisy_server(1, 0.3));  // every list of categories names one in the plural too
  const std::vector<std::string> llm = {"--source", "llm", "--functions", "6", "--categories-per-function",
                                        "10"};
  const auto ran = made.run("taxonomy", server.url(), llm);
  INFO(ran.out << ran.err);
  REQUIRE(ran.status == 0);
  const Taxonomy proposed = made.taxonomy();
  CHECK(proposed.functions.size() == 6);
  for (const auto& [name, category] : proposed.categories) {
    INFO(name);
    if (name.size() > 2) CHECK_FALSE(proposed.categories.contains(name + "s"));  // "cds" might be anything
    CHECK_FALSE(category.functions.empty());
  }
  REQUIRE(made.run("taxonomy", server.url(), llm).status == 0);
  auto rows = read_function_table(made.file("review.csv"));
  REQUIRE(rows.size() > 10);
  const FunctionRow first = rows.front();
  std::erase_if(rows, [&](const FunctionRow& row) { return row.function != first.function; });
  rows.front().category = "thing of ours";
  std::ofstream(made.file("reviewed.csv")) << function_table(rows);
  const auto bought = server.bill().answers;
  REQUIRE(made.run("taxonomy", server.url(), llm).status == 0);
  CHECK(server.bill().answers == bought);
  CHECK(made.taxonomy().functions.size() == 1);
  CHECK(made.taxonomy().categories.contains("thing of ours"));
}

TEST_CASE("Parts come from a model, with merged descriptions and flags, and from a review") {
  const TaxonomyWorkspace made;
  REQUIRE(made.run("parts", "http://127.0.0.1:1/v1").status == 0);
  const auto shipped = made.parts("mug");
  const tests::RunningServer server(noisy_server(0, 0.3));
  const auto ran = made.run("parts", server.url(), {"--ask", "all", "--tries", "10"});
  INFO(ran.out << ran.err);
  REQUIRE(ran.status == 0);
  // The simulated model knows the shipped taxonomy: what it says must come to the same.
  const auto asked = made.parts("mug");
  REQUIRE(asked.size() == shipped.size());
  for (const auto& [name, part] : shipped) {
    INFO(name);
    REQUIRE(asked.contains(name));
    CHECK(asked.at(name).functions == part.functions);
    CHECK(asked.at(name).description == part.description);
    CHECK(asked.at(name).is_small == part.is_small);
    CHECK(asked.at(name).is_edge == part.is_edge);
  }
  auto rows = read_part_table(made.file("parts-review.csv"));
  for (PartRow& row : rows) {
    row.keep = row.part != "rim";
    if (row.part == "handle") row.entry.description = "where one takes it";
  }
  std::ofstream(made.file("parts-reviewed.csv")) << part_table(rows);
  const auto bought = server.bill().answers;
  REQUIRE(made.run("parts", server.url(), {"--ask", "all", "--tries", "10"}).status == 0);
  CHECK(server.bill().answers == bought);
  CHECK_FALSE(made.parts("mug").contains("rim"));
  CHECK(made.parts("mug").at("handle").description == "where one takes it");
  const auto estimate = made.run("parts", server.url(), {"--ask", "all", "--estimate"});
  CHECK(estimate.status == 0);
}

}  // namespace funcorr
