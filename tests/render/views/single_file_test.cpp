#include "render/views/single_file.h"

#include <nlohmann/json.hpp>

#include "db/format/error.h"
#include "tests/catch.h"
#include "tests/render/square_asset.h"

namespace funcorr {
namespace {

using tests::TemporaryFolder;

SingleFileOptions square(const TemporaryFolder& folder) {
  const AssetSource source = tests::write_square(folder);
  SingleFileOptions options;
  options.file = source.folder / source.path;
  options.out = folder / "out";
  options.views = 1;
  options.size_px = 24;
  options.settings.samples = 1;
  return options;
}

}  // namespace

TEST_CASE("a single file's report says what was imported and what every view shows", "[views]") {
  const TemporaryFolder folder;
  const SingleFileReport report = render_single_file(square(folder));
  CHECK(report.asset.triangles == 2);
  REQUIRE(report.views.size() == 1);
  const auto json = nlohmann::json::parse(to_text(report));
  CHECK(json.at("views").at(0).at("coverage") == report.views[0].coverage);
  CHECK(json.at("views").at(0).at("flags").is_string());
  CHECK(std::filesystem::exists(folder / "out/report.json"));
}

TEST_CASE("what a single file cannot be rendered with is a usage error", "[views]") {
  const TemporaryFolder folder;
  SingleFileOptions options = square(folder);
  options.backdrop_color = {1, 1};
  CHECK_THROWS_AS(render_single_file(options), UsageError);
  options = square(folder);
  options.hdri = {"builtin:studio", "builtin:sky"};
  CHECK_THROWS_AS(render_single_file(options), UsageError);
  options = square(folder);
  options.cameras = folder / "none.json";
  CHECK_THROWS_AS(render_single_file(options), UsageError);
  options = square(folder);
  options.settings.samples = 0;
  CHECK_THROWS_AS(render_single_file(options), UsageError);
}

}  // namespace funcorr
