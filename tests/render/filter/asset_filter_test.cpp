#include "render/filter/asset_filter.h"

#include "db/dataset/geometry.h"
#include "db/dataset/points.h"
#include "db/format/npy.h"
#include "render/geometry/edge_probability.h"
#include "tests/catch.h"
#include "tests/render/import/gltf_builder.h"
#include "tests/render/square_asset.h"

namespace funcorr {
namespace {

using tests::TemporaryFolder;
using tests::write_square;

std::string rejection(const AssetSource& source, const FilterOptions& options,
                      const std::filesystem::path& out) {
  try {
    filter_asset(source, options, 1, out);
    return "";
  } catch (const ImportError& error) {
    UNSCOPED_INFO(error.what());
    return error.kind;
  }
}

FilterOptions few_points() {
  FilterOptions options;
  options.points = 200;
  return options;
}

}  // namespace

TEST_CASE("an accepted asset has its row, its points and its geometry", "[filter]") {
  const TemporaryFolder folder;
  const AssetGeometry row = filter_asset(write_square(folder), few_points(), 1, folder / "out");
  CHECK(row.triangles == 2);
  CHECK(row.extent == std::array<double, 3>{2, 2, 0});
  CHECK(row.flags == AssetFlags{AssetFlag::kOpen, AssetFlag::kFlat});
  CHECK(nlohmann::json::parse(row.facts_json).at("open_edge_share") == 0.8);
  const SurfacePoints points = load_points(points_path(folder / "out"));
  REQUIRE(points.positions.size() == 200);
  for (const Vec3f& p : points.positions) CHECK(std::max(std::abs(p.x), std::abs(p.y)) <= 0.5F);
  const Geometry geometry = load_geometry(geometry_path(folder / "out"));
  CHECK(geometry.triangles == 2);
  CHECK(geometry.normalized_from_asset.point({1, 1, 0}) == Vec3d{0.5, 0.5, 0});
  // What travels from the worker arrives.
  const auto arrived = nlohmann::json::parse(nlohmann::json(row).dump()).get<AssetGeometry>();
  CHECK(nlohmann::json(arrived) == nlohmann::json(row));
}

TEST_CASE("assets are rejected for too few triangles and for flags that are not wanted", "[filter]") {
  const TemporaryFolder folder;
  const AssetSource square = write_square(folder);
  FilterOptions options = few_points();
  options.min_triangles = 3;
  CHECK(rejection(square, options, folder / "out") == "too_few_triangles");
  options = few_points();
  options.reject_flags = {AssetFlag::kNeedle, AssetFlag::kFlat};
  CHECK(rejection(square, options, folder / "out") == "unwanted_flag");
  CHECK_FALSE(std::filesystem::exists(folder / "out"));
  options.reject_flags = {AssetFlag::kNeedle};
  CHECK(rejection(square, options, folder / "out").empty());
}

TEST_CASE("textures that are missing are flagged: all of them, or some", "[filter]") {
  const TemporaryFolder folder;
  const AssetSource source = write_square(folder, "map_Kd none.png");
  CHECK(filter_asset(source, few_points(), 1, folder / "out").flags.contains(AssetFlag::kUntextured));
  save_png(folder / "asset/there.png", Image8(2, 2, 3));
  write_square(folder, "map_Kd there.png\nmap_Ke none.png");
  const auto flags = filter_asset(source, few_points(), 1, folder / "out").flags;
  CHECK(flags.contains(AssetFlag::kTextureMissing));
  CHECK_FALSE(flags.contains(AssetFlag::kUntextured));
}

TEST_CASE("an asset whose base colour is not decoded is flagged, and dropped unless that is wanted",
          "[filter]") {
  const TemporaryFolder folder;
  tests::GltfBuilder file;
  const int positions = file.accessor(std::vector<float>{0, 0, 0, 1, 0, 0, 0, 1, 0}, "VEC3");
  file.node({{"mesh", file.mesh({{"POSITION", positions}})}});
  file.document["meshes"][0]["primitives"][0]["material"] = 0;
  file.document["images"] = {{{"bufferView", file.view(std::vector<char>{'K', 'T', 'X'})}}};
  file.document["textures"] = {{{"extensions", {{"KHR_texture_basisu", {{"source", 0}}}}}}};
  file.document["materials"] = {
      {{"alphaMode", "?"}, {"pbrMetallicRoughness", {{"baseColorTexture", {{"index", 0}}}}}}};
  folder.write("a.glb", file.glb());
  const AssetSource source{folder.path(), "a.glb", {}, "y"};
  FilterOptions options = few_points();
  CHECK(rejection(source, options, folder / "out") == "unwanted_flag");
  options.reject_flags = {};
  const AssetFlags flags = filter_asset(source, options, 1, folder / "out").flags;
  CHECK(flags == AssetFlags{AssetFlag::kOpen, AssetFlag::kFlat, AssetFlag::kUntextured,
                            AssetFlag::kBaseColorUndecoded, AssetFlag::kNonconforming});
  file.document["materials"][0].erase("pbrMetallicRoughness");
  folder.write("a.glb", file.glb());
  CHECK(rejection(source, few_points(), folder / "out").empty());  // nonconforming is no reason by itself
}

TEST_CASE("edge probabilities are computed, or taken from files that fit the points", "[filter]") {
  const TemporaryFolder folder;
  const AssetSource square = write_square(folder);
  filter_asset(square, few_points(), 1, folder / "computed");
  const SurfacePoints computed = load_points(points_path(folder / "computed"));
  CHECK(computed.edges == edge_probability(computed));

  std::vector<float> given(200);
  for (std::size_t i = 0; i < given.size(); ++i) given[i] = static_cast<float>(i) / 256;
  save_npy(folder / "given.npy", NpyArray::from(given, {200}));
  filter_asset(square, few_points(), 1, folder / "given", {folder / "given.npy"});
  const SurfacePoints points = load_points(points_path(folder / "given"));
  CHECK(points.edges == given);
  CHECK(points.positions == computed.positions);

  save_npy(folder / "short.npy", NpyArray::from(std::vector<float>(199), {199}));
  CHECK_THROWS_WITH(filter_asset(square, few_points(), 1, folder / "short", {folder / "short.npy"}),
                    Catch::Matchers::ContainsSubstring("199 edge probabilities for the 200 points"));
  CHECK_FALSE(std::filesystem::exists(points_path(folder / "short")));
}

}  // namespace funcorr
