#include "render/filter/asset_filter.h"

#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "db/dataset/geometry.h"
#include "db/dataset/points.h"
#include "db/format/artifact.h"
#include "render/filter/edge_files.h"
#include "render/geometry/edge_probability.h"
#include "render/geometry/mesh_quality.h"
#include "render/geometry/sampling.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

AssetFlags flags_of(const Scene& scene, const MeshQuality& quality) {
  AssetFlags flags = quality.flags();
  const ImportStatistics& statistics = scene.statistics;
  if (statistics.textures_missing > 0)
    flags.insert(statistics.textures_missing == statistics.textures_named ? AssetFlag::kUntextured
                                                                          : AssetFlag::kTextureMissing);
  if (statistics.base_colors_undecoded > 0) flags.insert(AssetFlag::kBaseColorUndecoded);
  if (statistics.nonconformities > 0) flags.insert(AssetFlag::kNonconforming);
  return flags;
}

json facts_of(const Scene& scene, const MeshQuality& quality) {
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

// Of a scene in its own space. Names in files need not be UTF-8: other bytes are replaced.
AssetGeometry row_of(const Scene& scene) {
  const MeshQuality quality = assess_mesh(scene.mesh);
  const Vec3d extent = bounds_of(scene.mesh).extent();
  AssetGeometry row;
  row.triangles = static_cast<std::int64_t>(scene.mesh.triangles.size());
  row.vertices = static_cast<std::int64_t>(scene.mesh.positions.size());
  row.degenerate_triangles = scene.statistics.degenerate_triangles;
  row.materials = static_cast<int>(scene.materials.size());
  row.textures = static_cast<int>(scene.textures.size());
  for (int axis = 0; axis < 3; ++axis) row.extent[static_cast<std::size_t>(axis)] = extent[axis];
  row.flags = flags_of(scene, quality);
  row.part_names = scene.part_names;
  row.facts_json = facts_of(scene, quality).dump(-1, ' ', false, json::error_handler_t::replace);
  return row;
}

void require_wanted(const AssetGeometry& row, const FilterOptions& options) {
  if (row.triangles < options.min_triangles)
    throw ImportError("too_few_triangles",
                      fmt::format("{} triangles, {} are wanted", row.triangles, options.min_triangles));
  for (const AssetFlag unwanted : options.reject_flags)
    if (row.flags.contains(unwanted))
      throw ImportError("unwanted_flag", fmt::format("it is flagged \"{}\" (flags: {})", to_string(unwanted),
                                                     to_string(row.flags)));
}

Geometry geometry_of(const Scene& scene, const Sidecar& sidecar, const Transform& normalized_from_asset) {
  Geometry geometry{normalized_from_asset, static_cast<std::int64_t>(scene.mesh.triangles.size()),
                    scene.part_names,      sidecar.part_aliases,
                    scene.warnings,        {}};
  const Transform normalized_from_file = normalized_from_asset * scene.asset_from_file;
  for (const auto& [name, function] : sidecar.functions)
    geometry.functions[name] = {function.parts, normalized_from_file * function.asset_from_function};
  return geometry;
}

}  // namespace

const OptionList<FilterOptions>& FilterOptions::options() {
  using F = FilterOptions;
  static const OptionList<F> list{
      option("points", &F::points).range(100, 10'000'000).help("surface points per asset, uniform by area"),
      option("edges", &F::edges)
          .help("folder of edge probabilities made elsewhere, for assets it has some of: UID.npy, as many as "
                "points, or as the release keeps SED-Net's (UID---CATEGORY.glb/primitives); empty: computed")
          .leaves_results(),  // the files do: funcorr-filter
      option("min_triangles", &F::min_triangles)
          .range(1, 1e9)
          .help("fewest triangles of an asset; one with fewer is rejected"),
      options_of(&F::limits),
      option("reject_flags", &F::reject_flags)
          .help("quality flags that are a reason for rejection; base_color_undecoded: a base colour is "
                "stored as KTX2 alone"),
  };
  return list;
}

AssetGeometry filter_asset(const AssetSource& source, const FilterOptions& options, std::uint64_t seed,
                           const fs::path& asset_folder, const std::vector<fs::path>& edges) {
  FilterOptions::options().check(options);
  const Sidecar sidecar = read_sidecar(source, options.limits);
  Scene scene = import_asset(source, options.limits);
  AssetGeometry row = row_of(scene);
  require_wanted(row, options);
  const Transform normalized_from_asset = normalize(scene);
  SurfacePoints points = sample_surface(scene.mesh, static_cast<std::size_t>(options.points), seed);
  points.edges = edges.empty() ? edge_probability(points) : load_edges(edges, points.positions);
  write_artifact(points_path(asset_folder), [&](const fs::path& file) { save_points(file, points); });
  write_artifact(geometry_path(asset_folder), [&](const fs::path& file) {
    save_geometry(file, geometry_of(scene, sidecar, normalized_from_asset));
  });
  return row;
}

}  // namespace funcorr
