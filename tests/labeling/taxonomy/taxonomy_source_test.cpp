#include "labeling/taxonomy/taxonomy_source.h"

#include "db/format/error.h"
#include "labeling/taxonomy/review_table.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {

TEST_CASE("A taxonomy comes from its source, until a person hands a review back") {
  const tests::TemporaryFolder folder;
  const Workspace workspace{folder / "w"};
  const auto shipped =
      folder.write("t.json", R"({"functions": [], "categories": {"axe": {"functions": [], "parts": {}}}})");
  const auto read = [&](const TaxonomySourceOptions& options) {
    return read_taxonomy_source(options, workspace, shipped, [](const std::string&) {}).categories;
  };
  CHECK(read({}).contains("axe"));
  CHECK_THROWS_AS(read({.source = TaxonomySource::kImport}), UsageError);
  CHECK(read({.source = TaxonomySource::kImport, .import = shipped}).contains("axe"));
  CHECK_THROWS_AS(read({.source = TaxonomySource::kImport, .import = folder / "nothing.json"}), UsageError);
  const TaxonomySourceOptions model{.source = TaxonomySource::kLlm};
  CHECK(asks_for_taxonomy(model, workspace));
  CHECK_FALSE(asks_for_taxonomy({}, workspace));
  folder.write("w/taxonomy/reviewed.csv", function_table({{true, "pour-with", "let run", "mug", ""}}));
  CHECK_FALSE(asks_for_taxonomy(model, workspace));
  CHECK(read(model).contains("mug"));
  CHECK(read({}).contains("mug"));
}

}  // namespace funcorr
