#include "labeling/taxonomy/taxonomy.h"

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/temporary_folder.h"

using funcorr::Taxonomy;

namespace {

Taxonomy shipped() {
  return funcorr::read_taxonomy(funcorr::tests::source_dir() / "labeling/taxonomy/taxonomy.json");
}

// Facts of a taxonomy without its descriptions: what must equal the release.
std::set<std::string> facts_of(const Taxonomy& taxonomy) {
  std::set<std::string> facts;
  for (const auto& [category_name, category] : taxonomy.categories) {
    for (const std::string& function : category.functions) facts.insert(category_name + " " + function);
    for (const auto& [part_name, part] : category.parts) {
      const std::string prefix = category_name + "/" + part_name;
      facts.insert(prefix + (part.is_small ? " small" : "") + (part.is_edge ? " edge" : ""));
      for (const std::string& function : part.functions) facts.insert(prefix + " " + function);
    }
  }
  return facts;
}

int count_words(const std::string& text) {
  std::istringstream words(text);
  std::string word;
  int count = 0;
  while (words >> word) ++count;
  return count;
}

// The release's folder of one data set, beside the golden files.
std::optional<std::filesystem::path> release_folder(const std::string& data_set) {
  const auto golden = funcorr::tests::golden_dir();
  if (!golden) return std::nullopt;
  const auto folder = *golden / ".." / "reference-metadata" / data_set;
  if (!std::filesystem::is_directory(folder)) return std::nullopt;
  return folder;
}

std::string error_of(const std::string& json) {
  try {
    funcorr::parse_taxonomy(json, "t.json");
  } catch (const funcorr::TaxonomyError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("the shipped taxonomy has the paper's size") {
  const Taxonomy taxonomy = shipped();
  std::size_t parts = 0, pairs = 0, small = 0, edges = 0;
  for (const auto& [name, category] : taxonomy.categories) {
    pairs += category.functions.size();
    parts += category.parts.size();
    for (const auto& [part_name, part] : category.parts) {
      small += part.is_small ? 1 : 0;
      edges += part.is_edge ? 1 : 0;
    }
  }
  CHECK(taxonomy.functions.size() == 24);
  CHECK(taxonomy.categories.size() == 160);
  CHECK(parts == 408);
  CHECK(pairs == 436);
  CHECK(small == 156);
  CHECK(edges == 66);
}

TEST_CASE("every function of a category is performed by one of its parts") {
  const Taxonomy taxonomy = shipped();
  for (const auto& [name, category] : taxonomy.categories) {
    std::set<std::string> performed;
    for (const auto& [part_name, part] : category.parts) {
      INFO(name << "/" << part_name);
      CHECK_FALSE(part.functions.empty());
      performed.insert(part.functions.begin(), part.functions.end());
    }
    INFO(name);
    CHECK(performed == std::set<std::string>(category.functions.begin(), category.functions.end()));
  }
}

TEST_CASE("descriptions say something, in one line, without the release's bullets") {
  const Taxonomy taxonomy = shipped();
  std::set<std::string> seen;
  for (const auto& [name, description] : taxonomy.functions) CHECK(count_words(description) >= 5);
  for (const auto& [name, category] : taxonomy.categories)
    for (const auto& [part_name, part] : category.parts) {
      INFO(name << "/" << part_name << ": " << part.description);
      CHECK(count_words(part.description) >= 4);
      CHECK(count_words(part.description) <= 20);
      CHECK(part.description.find(" - ") == std::string::npos);
      // Two parts of one category must not be described alike.
      CHECK(seen.insert(name + ": " + part.description).second);
    }
}

TEST_CASE("the shipped taxonomy states the same facts as the release's files") {
  const auto folder = release_folder("Objaverse");
  if (!folder) {
    funcorr::tests::skip_without_reference("no reference-metadata beside the golden files");
    return;
  }
  const auto imported = funcorr::import_release_taxonomy(*folder);
  CHECK(imported.warnings.empty());
  CHECK(facts_of(imported.taxonomy) == facts_of(shipped()));
  std::set<std::string> functions, shipped_functions;
  for (const auto& [name, text] : imported.taxonomy.functions) functions.insert(name);
  for (const auto& [name, text] : shipped().functions) shipped_functions.insert(name);
  CHECK(functions == shipped_functions);
}

TEST_CASE("no shipped description is the release's") {
  const auto folder = release_folder("Objaverse");
  if (!folder) {
    funcorr::tests::skip_without_reference("no reference-metadata beside the golden files");
    return;
  }
  const auto imported = funcorr::import_release_taxonomy(*folder);
  for (const auto& [name, category] : shipped().categories)
    for (const auto& [part_name, part] : category.parts) {
      const auto& theirs = imported.taxonomy.categories.at(name).parts.at(part_name).description;
      INFO(name << "/" << part_name);
      CHECK_FALSE(theirs.empty());
      CHECK(theirs.find(part.description) == std::string::npos);
    }
}

TEST_CASE("HANDAL's files are imported, with what leads nowhere named") {
  const auto folder = release_folder("HANDAL");
  if (!folder) {
    funcorr::tests::skip_without_reference("no reference-metadata beside the golden files");
    return;
  }
  const auto imported = funcorr::import_release_taxonomy(*folder);
  const Taxonomy& taxonomy = imported.taxonomy;
  CHECK(taxonomy.functions.size() == 12);
  REQUIRE(taxonomy.categories.contains("measuring cup"));
  const auto& rim = taxonomy.categories.at("mug").parts.at("rim");
  CHECK(std::find(rim.functions.begin(), rim.functions.end(), "pour-with") != rim.functions.end());
  CHECK(std::any_of(imported.warnings.begin(), imported.warnings.end(),
                    [](const std::string& w) { return w.find("\"scoop with\"") != std::string::npos; }));
}

TEST_CASE("a taxonomy survives being written and read again") {
  const Taxonomy taxonomy = shipped();
  const std::string text = funcorr::to_json(taxonomy).dump();
  CHECK(funcorr::to_json(funcorr::parse_taxonomy(text, "again")).dump() == text);
}

TEST_CASE("errors of a taxonomy name the key and what would be right") {
  const std::string functions = R"("functions": [{"name": "cut-with", "description": "part things"}])";
  const auto with_part = [&](const std::string& part) {
    return "{" + functions + R"(, "categories": {"axe": {"functions": ["cut-with"], "parts": {)" + part +
           "}}}}";
  };
  const auto expect = [](const std::string& json, const std::string& key, const std::string& says) {
    const std::string error = error_of(json);
    INFO(json << "\n" << error);
    CHECK(error.find("t.json") != std::string::npos);
    CHECK(error.find(key) != std::string::npos);
    CHECK(error.find(says) != std::string::npos);
  };
  const std::string good =
      R"("edge": {"description": "d", "functions": ["cut-with"], "small": true, "edge": true})";
  CHECK(error_of(with_part(good)).empty());
  expect("[]", "the file", "must be an object");
  expect("{", "the file", "is not JSON");
  expect("{" + functions + "}", "categories", "is missing");
  expect("{" + functions + R"(, "categories": {}, "colour": 1})", "colour", "is not a known key");
  expect("{" + functions + R"(, "categories": {"axe": {"functions": ["fly-with"], "parts": {}}}})",
         "categories.axe.functions", "\"fly-with\"");
  expect(with_part(R"("edge": {"description": "d", "functions": [], "small": 1, "edge": true})"),
         "categories.axe.parts.edge.small", "must be true or false");
  expect(with_part(R"("edge": {"description": "d", "functions": ["dig-with"], "small": true, "edge": true})"),
         "categories.axe.parts.edge.functions", "not among its category's functions");
  expect(with_part(R"("Edge": {"description": "d", "functions": [], "small": true, "edge": true})"),
         "categories.axe.parts.Edge", "lower case");
  expect(with_part(R"("edge": {"description": "a\nb", "functions": [], "small": true, "edge": true})"),
         "categories.axe.parts.edge.description", "one line");
  expect(with_part(R"("edge": {"functions": [], "small": true, "edge": true})"),
         "categories.axe.parts.edge.description", "is missing");
  expect(
      with_part(
          R"("edge": {"description": "d", "functions": ["cut-with", "cut-with"], "small": true, "edge": true})"),
      "categories.axe.parts.edge.functions", "twice");
}

TEST_CASE("A person's own taxonomy counts, else the workspace's, else the one that comes with funcorr") {
  const funcorr::tests::TemporaryFolder folder;
  const auto with = [&](const char* name, const char* category) {
    return folder.write(name, std::string(R"({"functions": [], "categories": {")") + category +
                                  R"(": {"functions": [], "parts": {}}}})");
  };
  const auto shipped = with("shipped.json", "ours"), own = with("own.json", "mine");
  const funcorr::Workspace workspace{folder.path()};
  const auto found = [&](const std::filesystem::path& named) {
    return funcorr::find_taxonomy(named, workspace, shipped).categories.begin()->first;
  };
  CHECK(found("") == "ours");
  with("taxonomy/taxonomy.json", "the workspace's");
  CHECK(found("") == "the workspace's");
  CHECK(found(own) == "mine");
  CHECK_THROWS_AS(found("/nowhere.json"), funcorr::UsageError);
}
