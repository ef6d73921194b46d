// The tables that a person edits.
#include "labeling/taxonomy/review_table.h"

#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {

TEST_CASE("Review tables survive the round trip, and their errors name the line") {
  const tests::TemporaryFolder folder;
  const std::vector<FunctionRow> functions = {{true, "pour-with", "let run, \"out\"", "mug", ""},
                                              {false, "cut-with", "part it", "knife", "two\nlines; of it"}};
  folder.write("f.csv", function_table(functions));
  const auto back = read_function_table(folder / "f.csv");
  REQUIRE(back.size() == 2);
  CHECK(back[0].description == functions[0].description);
  CHECK(back[1].note == functions[1].note);
  CHECK_FALSE(back[1].keep);
  const Taxonomy taxonomy = taxonomy_from(back);
  CHECK(taxonomy.categories.size() == 1);
  CHECK(taxonomy.categories.at("mug").functions == std::vector<std::string>{"pour-with"});

  const std::vector<PartRow> parts = {
      {true, "mug", "rim", {"the, edge", {"pour-with", "scoop-with"}, true, false}, "n"}};
  folder.write("p.csv", part_table(parts));
  const auto part = read_part_table(folder / "p.csv").at(0);
  CHECK(part.entry.functions == parts[0].entry.functions);
  CHECK(part.entry.is_small);
  CHECK_FALSE(part.entry.is_edge);
  folder.write("bad.csv", "decision,function,description,category,note\nkeep,a,b,c,d\nmaybe,a,b,c,d\n");
  CHECK_THROWS_WITH(read_function_table(folder / "bad.csv"), Catch::Matchers::ContainsSubstring("bad.csv:3"));
  folder.write("none.csv", "decision,function\n");
  CHECK_THROWS_WITH(read_function_table(folder / "none.csv"),
                    Catch::Matchers::ContainsSubstring("description"));
}

TEST_CASE("Of a category's parts those that perform a function are to be reviewed") {
  const tests::TemporaryFolder folder;
  const std::vector<Part> parts{{"mug", "rim", "the edge", true, true, {"pour-with"}},
                                {"mug", "logo", "", false, false, {}}};
  const auto rows = read_part_table(folder.write("p.csv", part_table(parts)));
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].keep);
  CHECK(rows[0].part == "rim");
  CHECK(rows[0].entry.is_edge);
}

TEST_CASE("A person's own table counts, else the workspace's where it is there") {
  const tests::TemporaryFolder folder;
  const ReviewFiles files = function_review({folder.path()});
  CHECK(reviewed_file("", files).empty());
  folder.write("taxonomy/reviewed.csv", "");
  CHECK(reviewed_file("", files) == files.reviewed);
  CHECK(reviewed_file("/mine.csv", files) == "/mine.csv");
}

}  // namespace funcorr
