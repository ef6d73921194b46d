// funcorr-render as its users run it: one file without a workspace, and a workspace with cameras of its own.
#include <cmath>

#include <nlohmann/json.hpp>

#include "db/format/image.h"
#include "db/format/npy.h"
#include "db/manifest/assets.h"
#include "db/manifest/labels.h"
#include "pipeline/data_file.h"
#include "render/camera.h"
#include "render/views/view_options.h"
#include "tests/catch.h"
#include "tests/pipeline/program.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using tests::TemporaryFolder;

// A red square of side 2 in the plane z = 0, facing +z; normalised to side 1.
constexpr const char* kSquare = "mtllib a.mtl\nusemtl m\nv -1 -1 0\nv 1 -1 0\nv 1 1 0\nv -1 1 0\nf 1 2 3 4\n";
constexpr const char* kCameras = R"({"width": 64, "height": 48, "K": [[64, 0, 32], [0, 64, 24], [0, 0, 1]],
  "views": [{"R": [[1, 0, 0], [0, -1, 0], [0, 0, -1]], "t": [0, 0, 2]}]})";

void write_square(const TemporaryFolder& folder) {
  fs::create_directories(folder / "assets");
  folder.write("assets/square.obj", kSquare);
  folder.write("assets/a.mtl", "newmtl m\nKd 0.8 0.1 0.1\n");
  folder.write("cams.json", kCameras);
}

std::string program(const std::string& name) { return (executable_file().parent_path() / name).string(); }

// Depth 2 inside the square's projection (side 32 px), nothing outside; normals toward the camera.
void check_square(const fs::path& exr) {
  const ImageF image = load_exr_channels(exr, {"Z", "N.X", "N.Y", "N.Z"});
  REQUIRE(image.width == 64);
  REQUIRE(image.height == 48);
  for (int y = 0; y < 48; ++y)
    for (int x = 0; x < 64; ++x) {
      const bool inside = x >= 16 && x < 48 && y >= 8 && y < 40;
      CHECK_THAT(image.at(x, y)[0], Catch::WithinAbs(inside ? 2 : 0, 1e-5));
      CHECK_THAT(image.at(x, y)[3], Catch::WithinAbs(inside ? 1 : 0, 1e-5));
    }
}

}  // namespace

TEST_CASE("the configuration that render prints has the defaults of the structs it fills", "[render]") {
  const TemporaryFolder folder;
  const auto done =
      tests::run(program("funcorr-render"), {"-w", folder.path().string(), "--print-config", "--json"});
  INFO(done.err);
  REQUIRE(done.status == 0);
  std::map<std::string, json> printed;
  for (const json& option : json::parse(done.out)) printed[option.at("name")] = option.at("value");
  for (const Option& option : ViewOptions::options().described()) {
    INFO(option.name);
    CHECK(printed.at(option.name) == option.default_value);
  }
  CHECK(printed.at("samples") == RenderSettings{}.samples);
  CHECK(printed.at("label_views") == ViewOptions{}.label_views);
}

TEST_CASE("an estimate is printed, and nothing is rendered", "[render]") {
  const TemporaryFolder folder;
  write_square(folder);
  const auto run = [&](const char* stage, std::vector<std::string> more) {
    std::vector<std::string> arguments{"-w", folder.path().string(), "-q"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto done = tests::run(program(stage), arguments);
    INFO(done.err);
    REQUIRE(done.status == 0);
    return done.out;
  };
  run("funcorr-catalog", {"--roots", (folder / "assets").string()});
  run("funcorr-filter", {"--points", "1000"});
  const std::string text = run("funcorr-render", {"--estimate", "--size", "64"});
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring("(49 views of 64 px)\n1 assets: about"));
  Manifest manifest(folder / "manifest.sqlite");
  for_each_asset(manifest,
                 [&](const Asset& asset) { CHECK(views_of(manifest, asset.uid, ViewSet::kLabel).empty()); });
}

TEST_CASE("one file is rendered from given cameras, without a workspace", "[render]") {
  const TemporaryFolder folder;
  write_square(folder);
  const auto run = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"--file",    (folder / "assets/square.obj").string(),
                                       "--out",     (folder / "out").string(),
                                       "--samples", "4"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tests::run(program("funcorr-render"), arguments);
  };
  const auto done =
      run({"--cameras", (folder / "cams.json").string(), "--linear-exr", "--hdri-rotation", "30"});
  INFO(done.err);
  REQUIRE(done.status == 0);
  const json report = json::parse(done.out);
  CHECK(report.at("asset").at("triangles") == 2);
  CHECK_THAT(report.at("views").at(0).at("coverage").get<double>(),
             Catch::WithinAbs(32.0 * 32 / (64 * 48), 0.03));
  check_square(folder / "out/0000.exr");
  const ImageF color = load_exr_channels(folder / "out/0000.exr", {"R", "G", "B", "A"});
  CHECK(color.at(32, 24)[3] == 1.0F);
  CHECK(color.at(32, 24)[0] > 2 * color.at(32, 24)[1]);
  CHECK(load_image8(folder / "out/0000.png").channels == 4);
  const CameraFile cameras = read_camera_file(folder / "out/cameras.json");
  REQUIRE(cameras.normalized_from_asset);
  CHECK(cameras.normalized_from_asset->point({1, 1, 0}) == Vec3d{0.5, 0.5, 0});

  CHECK(run({"--cameras", (folder / "none.json").string()}).status == 2);
  CHECK(run({"--exr-channels", "depth"}).status == 2);
  CHECK(run({"--hdri", (folder / "none.exr").string()}).status == 3);
  const std::string missing = (folder / "none.obj").string(), out = (folder / "out").string();
  CHECK(tests::run(program("funcorr-render"), {"--file", missing, "--out", out}).status == 1);
  CHECK(tests::run(program("funcorr-render"), {"--file", missing}).status == 2);  // no --out
}

TEST_CASE("automatic exposure brings a bright environment down to where white keeps its shading",
          "[render]") {
  const TemporaryFolder folder;
  write_square(folder);
  folder.write("assets/a.mtl", "newmtl m\nKd 1 1 1\n");
  ImageF bright(16, 8, 3);
  for (float& value : bright.pixels) value = 8;
  save_exr(folder / "bright.exr", bright, {"R", "G", "B"}, {});
  const auto brightness = [&](const std::string& option) {
    const auto done = tests::run(program("funcorr-render"),
                                 {"--file", (folder / "assets/square.obj").string(), "--out",
                                  (folder / "out").string(), "--cameras", (folder / "cams.json").string(),
                                  "--hdri", (folder / "bright.exr").string(), "--samples", "4", option});
    INFO(done.err);
    REQUIRE(done.status == 0);
    return static_cast<int>(load_image8(folder / "out/0000.png").at(32, 24)[0]);
  };
  CHECK(brightness("--auto-exposure=false") == 255);
  CHECK_THAT(brightness("--auto-exposure=true"), Catch::WithinAbs(188, 4));  // sRGB of 0.5
}

TEST_CASE("the reference export unprojects to the object in the release's z-up world", "[render]") {
  const TemporaryFolder folder;
  write_square(folder);
  const auto done =
      tests::run(program("funcorr-render"),
                 {"--file", (folder / "assets/square.obj").string(), "--out", (folder / "out").string(),
                  "--cameras", (folder / "cams.json").string(), "--samples", "1", "--reference"});
  INFO(done.err);
  REQUIRE(done.status == 0);
  const auto arrays = load_npz(folder / "out/reference/0000.npz");
  const NpyArray& stored = arrays.at("depth");
  CHECK(stored.dtype == "f2");
  REQUIRE(stored.shape == std::vector<std::size_t>{48, 64});
  REQUIRE(arrays.at("RT").shape == std::vector<std::size_t>{3, 4});
  const std::vector<double> depth = stored.to_double(), k = arrays.at("K").as<double>(),
                            rt = arrays.at("RT").as<double>();
  CHECK(k == std::vector<double>{64, 0, 32, 0, 64, 24, 0, 0, 1});
  int seen = 0;
  for (int y = 0; y < 48; ++y)
    for (int x = 0; x < 64; ++x) {
      const double z = depth[static_cast<std::size_t>(64 * y + x)];
      if (!std::isfinite(z)) continue;
      ++seen;
      const double in_camera[3] = {(x + 0.5 - k[2]) / k[0] * z, (y + 0.5 - k[5]) / k[4] * z, z};
      const auto world = [&](std::size_t axis) {  // Rᵀ·(p − t)
        double sum = 0;
        for (std::size_t row = 0; row < 3; ++row)
          sum += rt[4 * row + axis] * (in_camera[row] - rt[4 * row + 3]);
        return sum;
      };
      // The object's y is the world's z; the object's z = 0 the world's y.
      CHECK_THAT(world(0), Catch::WithinAbs((x + 0.5 - 32) / 32, 1e-3));
      CHECK_THAT(world(1), Catch::WithinAbs(0, 1e-3));
      CHECK_THAT(world(2), Catch::WithinAbs((24 - y - 0.5) / 32, 1e-3));
    }
  CHECK(seen == 32 * 32);
}

TEST_CASE("a given normalisation takes the place of ours", "[render]") {
  const TemporaryFolder folder;
  write_square(folder);
  json cameras = json::parse(kCameras);
  cameras["normalized_from_asset"] = {{0.25, 0, 0, 0}, {0, 0.25, 0, 0}, {0, 0, 0.25, 0.5}, {0, 0, 0, 1}};
  folder.write("cams.json", cameras.dump());
  const auto done =
      tests::run(program("funcorr-render"),
                 {"--file", (folder / "assets/square.obj").string(), "--out", (folder / "out").string(),
                  "--cameras", (folder / "cams.json").string(), "--samples", "1"});
  INFO(done.err);
  REQUIRE(done.status == 0);
  const ImageF depth = load_exr_channels(folder / "out/0000.exr", {"Z"});
  CHECK_THAT(*depth.at(32, 24), Catch::WithinAbs(1.5, 1e-5));
  CHECK(*depth.at(20, 24) == 0);  // half as wide, a little nearer: 21 px
}

TEST_CASE("a workspace's views come from the cameras given for them", "[render]") {
  const TemporaryFolder folder;
  write_square(folder);
  const std::string cameras = (folder / "cams.json").string();
  folder.write("funcorr.toml",
               "[catalog]\nroots = [\"" + (folder / "assets").string() +
                   "\"]\n[filter]\npoints = 1000\n[render]\nsamples = 4\nlabel_views = 1\nsize = "
                   "32\ntrain_cameras = \"" +
                   cameras + "\"\nexr_channels = [\"Z\", \"N\", \"P\"]\n");
  for (const char* stage : {"funcorr-catalog", "funcorr-filter", "funcorr-render"}) {
    const auto done = tests::run(program(stage), {"-w", folder.path().string(), "-q"});
    INFO(done.err);
    REQUIRE(done.status == 0);
  }
  Manifest manifest(folder / "manifest.sqlite");
  std::string uid;
  for_each_asset(manifest, [&](const Asset& asset) { uid = asset.uid; });
  CHECK(asset_geometry(manifest, uid)->flags == AssetFlags{AssetFlag::kOpen, AssetFlag::kFlat});
  REQUIRE(views_of(manifest, uid, ViewSet::kTrain).size() == 1);
  const fs::path assets = folder / "assets" / uid.substr(0, 2) / uid;
  check_square(assets / "train/0000.exr");
  CHECK(load_exr_channels(assets / "train/0000.exr", {"P.X"}).width == 64);
  CHECK(load_image8(assets / "label/0000.png").width == 32);
  CHECK(read_camera_file(assets / "label/cameras.json").release_world_from_object);  // the random turn
}

}  // namespace funcorr
