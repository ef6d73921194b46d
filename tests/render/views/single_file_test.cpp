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

TEST_CASE("a single file's textures may lie in the folder above its own, or beneath the root that is named",
          "[views]") {
  const TemporaryFolder folder;
  SingleFileOptions options = square(folder);
  for (const char* picture : {"near/images/near.png", "images/far.png"}) {
    std::filesystem::create_directories((folder / picture).parent_path());
    save_png(folder / picture, Image8(1, 1, 3));
  }
  folder.write("near/models/a.mtl", "newmtl m\nmap_Kd ../images/near.png\nmap_Ke ../../images/far.png\n");
  folder.write("near/models/a.obj", "mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl m\nf 1 2 3\n");
  options.file = folder / "near/models/a.obj";
  CHECK(render_single_file(options).asset.textures == 1);
  options.root = folder.path();
  CHECK(render_single_file(options).asset.textures == 2);
  options.root = folder / "images";
  CHECK_THROWS_AS(render_single_file(options), UsageError);
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
