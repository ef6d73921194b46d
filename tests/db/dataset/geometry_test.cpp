#include "db/dataset/geometry.h"

#include <fstream>
#include <sstream>

#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

Geometry knife() {
  Geometry geometry;
  geometry.normalized_from_asset = Transform::scale(0.25) * Transform::translate({1, 2, 3});
  geometry.triangles = 1234;
  geometry.parts = {"blade", "edge", "handle"};
  geometry.part_aliases = {{"blade", {"blade", "edge"}}, {"grip", {"handle"}}};
  geometry.warnings = {"a texture is missing"};
  geometry.functions["cut-with"] = {{"edge"}, Transform::rotate_x(0.3)};
  return geometry;
}

}  // namespace

TEST_CASE("an asset's geometry comes back as it was") {
  const tests::TemporaryFolder folder;
  const auto file = geometry_path(folder.path());
  CHECK(file.filename() == "geometry.json");
  const Geometry geometry = knife();
  save_geometry(file, geometry);
  const Geometry read = load_geometry(file);
  CHECK(read.normalized_from_asset.matrix() == geometry.normalized_from_asset.matrix());
  CHECK(read.triangles == 1234);
  CHECK(read.parts == geometry.parts);
  CHECK(read.part_aliases == geometry.part_aliases);
  CHECK(read.warnings == geometry.warnings);
  REQUIRE(read.functions.contains("cut-with"));
  CHECK(read.functions.at("cut-with").parts == std::vector<std::string>{"edge"});
  CHECK(read.functions.at("cut-with").normalized_from_function.matrix() ==
        geometry.functions.at("cut-with").normalized_from_function.matrix());
}

TEST_CASE("a part's name means its alias's parts, else the part of that name") {
  const Geometry geometry = knife();
  CHECK(geometry.part_ids("blade") == std::set<std::int16_t>{0, 1});
  CHECK(geometry.part_ids("grip") == std::set<std::int16_t>{2});
  CHECK(geometry.part_ids("edge") == std::set<std::int16_t>{1});
  CHECK(geometry.part_ids("spout").empty());
}

TEST_CASE("names that are no UTF-8 do not keep a geometry from being written") {
  const tests::TemporaryFolder folder;
  Geometry geometry = knife();
  geometry.parts[0] =
      "K\xfc"
      "che";
  save_geometry(geometry_path(folder.path()), geometry);
  CHECK(load_geometry(geometry_path(folder.path())).parts[0] ==
        "K\xef\xbf\xbd"
        "che");
}

TEST_CASE("a geometry that is missing or incomplete is refused by its file") {
  const tests::TemporaryFolder folder;
  const auto file = geometry_path(folder.path());
  CHECK_THROWS_WITH(load_geometry(file), Catch::Matchers::ContainsSubstring("funcorr-filter"));
  folder.write("geometry.json", R"({"parts": ["rim"]})");
  CHECK_THROWS_WITH(load_geometry(file), Catch::Matchers::ContainsSubstring(file.string()) &&
                                             Catch::Matchers::ContainsSubstring("normalized_from_asset"));
  folder.write("geometry.json", "[]");
  CHECK_THROWS_WITH(load_geometry(file), Catch::Matchers::ContainsSubstring(file.string()));
}

}  // namespace funcorr
