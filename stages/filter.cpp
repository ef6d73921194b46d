#include <cmath>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "db/dataset/geometry.h"
#include "db/dataset/points.h"
#include "db/format/artifact.h"
#include "db/format/json.h"
#include "db/manifest/assets.h"
#include "pipeline/stage.h"
#include "render/geometry/mesh_quality.h"
#include "render/geometry/sampling.h"
#include "render/import/import.h"
#include "stages/asset_job.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

Geometry geometry_of(const Scene& scene, const Transform& normalized_from_asset, const Sidecar& sidecar) {
  Geometry geometry{normalized_from_asset, static_cast<std::int64_t>(scene.mesh.triangles.size()),
                    scene.part_names,      sidecar.part_aliases,
                    scene.warnings,        {}};
  const Transform normalized_from_file = normalized_from_asset * scene.asset_from_file;
  for (const auto& [name, function] : sidecar.functions)
    geometry.functions[name] = {function.parts, normalized_from_file * function.asset_from_function};
  return geometry;
}

AssetFlags flags_of(const Scene& scene, const MeshQuality& quality) {
  AssetFlags flags = quality.flags();
  const ImportStatistics& statistics = scene.statistics;
  if (statistics.textures_missing > 0)
    flags.insert(statistics.textures_missing == statistics.textures_named ? AssetFlag::kUntextured
                                                                          : AssetFlag::kTextureMissing);
  return flags;
}

json facts_json(const Scene& scene, const MeshQuality& quality) {
  const ImportStatistics& statistics = scene.statistics;
  return {{"meshes", statistics.meshes},
          {"nodes", statistics.nodes},
          {"source_triangles", statistics.source_triangles},
          {"points_and_lines", statistics.non_triangles},
          {"unreferenced_vertices", statistics.unreferenced_vertices},
          {"textures_named", statistics.textures_named},
          {"textures_missing", statistics.textures_missing},
          {"vertex_colors", !scene.mesh.colors.empty()},
          {"open_edge_share", quality.open_edge_share},
          {"non_manifold_edge_share", quality.non_manifold_edge_share},
          {"components", quality.components},
          {"separate_groups", quality.separate_groups},
          {"has_ground", quality.has_ground},
          {"flatness", quality.flatness},
          {"thinness", quality.thinness},
          {"warnings", scene.warnings}};
}

// Imports every asset, says why where it cannot, and stores its geometry and surface points.
class FilterStage : public Stage {
 public:
  std::string name() const override { return "filter"; }
  std::string summary() const override {
    return "Imports assets, rejects unusable ones with the reason, samples surface points.";
  }

  OptionTable options() const override {
    Option points{
        .name = "points", .type = OptionType::kInt, .default_value = 100'000, .min = 100, .max = 10'000'000};
    points.help = "surface points per asset, uniform by area";
    Option radius{
        .name = "edge_radius", .type = OptionType::kDouble, .default_value = 0.02, .min = 0.001, .max = 0.5};
    radius.help = "neighbourhood in which a point is judged to lie on an edge, normalised units";
    Option least{.name = "min_triangles", .type = OptionType::kInt, .default_value = 1, .min = 1, .max = 1e9};
    least.help = "fewer, and the asset is rejected";
    Option most{
        .name = "max_triangles", .type = OptionType::kInt, .default_value = 5'000'000, .min = 1, .max = 1e9};
    most.help = "more, and the asset is rejected";
    Option file{.name = "max_file_mb",
                .type = OptionType::kInt,
                .default_value = 512,
                .unit = "MB",
                .min = 1,
                .max = 65536};
    file.help = "largest file an asset may consist of";
    Option texture{.name = "max_texture_pixels",
                   .type = OptionType::kInt,
                   .default_value = 67'108'864,
                   .unit = "px",
                   .min = 1,
                   .max = 1e9};
    texture.help = "largest texture; all textures of an asset together may have four times as many";
    Option reject{.name = "reject_flags", .type = OptionType::kStringList, .default_value = json::array()};
    reject.help =
        "flags that are a reason for rejection: open, non_manifold, floating_parts, flat, needle, "
        "suspected_scene, "
        "untextured, texture_missing";
    return {points, radius, least, most, file, texture, reject};
  }

  void list_items(StageContext& context, ItemSink& sink) override {
    for_each_asset(*context.manifest, [&](const Asset& asset) {
      if (asset.format != kCropsFormat) sink.want(asset.uid, asset.content_hash);
    });
  }

  json describe(StageContext& context, const std::string& key) override {
    const auto asset = find_asset(*context.manifest, key);
    if (!asset) throw std::runtime_error("asset " + key + " is not in the manifest");
    return asset_job(*asset);
  }

  std::vector<fs::path> readable_folders(StageContext& context) override {
    std::set<fs::path> roots;
    for_each_asset(*context.manifest, [&](const Asset& asset) { roots.insert(asset.root); });
    return {roots.begin(), roots.end()};
  }

  ItemResult work(StageContext& context, const std::string& key, const json& job) override {
    try {
      return accept(context, key, asset_source(job));
    } catch (const ImportError& error) {
      return ItemResult::rejected(error.kind, error.what());
    }
  }

  void commit(StageContext& context, const std::string& key, const ItemResult& result) override {
    const json& output = result.output;
    AssetGeometry geometry;
    geometry.triangles = output.at("triangles").get<std::int64_t>();
    geometry.vertices = output.at("vertices").get<std::int64_t>();
    geometry.degenerate_triangles = output.at("degenerate_triangles").get<std::int64_t>();
    geometry.materials = output.at("materials").get<int>();
    geometry.textures = output.at("textures").get<int>();
    for (std::size_t axis = 0; axis < 3; ++axis)
      geometry.extent[axis] = output.at("extent").at(axis).get<double>();
    geometry.flags = output.at("flags").get<AssetFlags>();
    geometry.part_names = output.at("parts").get<std::vector<std::string>>();
    geometry.facts_json = json_text(output.at("facts"));
    set_asset_geometry(*context.manifest, key, geometry);
  }

 private:
  static ImportOptions import_options(const Options& options) {
    ImportOptions out;
    out.limits.max_triangles = options.get_int("max_triangles");
    out.limits.max_file_bytes = options.get_int("max_file_mb") << 20;
    out.limits.max_texture_pixels = options.get_int("max_texture_pixels");
    out.limits.max_all_texture_pixels = 4 * out.limits.max_texture_pixels;
    return out;
  }

  ItemResult accept(StageContext& context, const std::string& key, const AssetSource& source) {
    const Options& options = context.options;
    const ImportOptions import = import_options(options);
    const Sidecar sidecar = read_sidecar(source, import.limits);
    Scene scene = import_asset(source, import);
    const auto triangles = static_cast<std::int64_t>(scene.mesh.triangles.size());
    if (triangles < options.get_int("min_triangles"))
      return ItemResult::rejected("too_few_triangles", fmt::format("{} triangles, {} are wanted", triangles,
                                                                   options.get_int("min_triangles")));
    const Vec3d extent = bounds_of(scene.mesh).extent();
    const MeshQuality quality = assess_mesh(scene.mesh);
    const AssetFlags flags = flags_of(scene, quality);
    for (const std::string& unwanted : options.get_strings("reject_flags"))
      if (const auto flag = from_name<AssetFlag>(unwanted); flag && flags.contains(*flag))
        return ItemResult::rejected("unwanted_flag",
                                    "it is flagged \"" + unwanted + "\" (flags: " + to_string(flags) + ")");
    const Transform normalized_from_asset = normalize(scene);
    SurfacePoints points = sample_surface(scene.mesh, static_cast<std::size_t>(options.get_int("points")),
                                          item_seed(context.seed, name(), key));
    points.edges = edge_probability(points, options.get_double("edge_radius"));
    const Geometry geometry = geometry_of(scene, normalized_from_asset, sidecar);
    const fs::path folder = context.workspace.asset(key);
    write_artifact(points_path(folder), [&](const fs::path& file) { save_points(file, points); });
    write_artifact(geometry_path(folder), [&](const fs::path& file) { save_geometry(file, geometry); });
    return ItemResult::done({{"triangles", triangles},
                             {"vertices", scene.mesh.positions.size()},
                             {"degenerate_triangles", scene.statistics.degenerate_triangles},
                             {"materials", scene.materials.size()},
                             {"textures", scene.textures.size()},
                             {"extent", {extent.x, extent.y, extent.z}},
                             {"parts", scene.part_names},
                             {"flags", flags},
                             {"facts", facts_json(scene, quality)}});
  }
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::FilterStage stage;
  return funcorr::stage_main(argc, argv, stage);
}
