// funcorr-render: accepted assets → labelling and training views with cameras, depth, normals and visible
// points. Item: an asset's uid.
#include <cmath>
#include <iostream>
#include <set>

#include <fmt/format.h>

#include "db/format/artifact.h"
#include "db/format/hash.h"
#include "db/format/image.h"
#include "db/format/npy.h"
#include "db/format/random.h"
#include "db/manifest/assets.h"
#include "db/manifest/labels.h"
#include "pipeline/large_blocks.h"
#include "pipeline/stage.h"
#include "render/import/import.h"
#include "render/integrator/path_tracer.h"
#include "render/visibility/channels.h"
#include "render/visibility/view_quality.h"
#include "render/visibility/visible_points.h"
#include "stages/asset_job.h"
#include "stages/rendering/environments.h"
#include "stages/rendering/one_file.h"
#include "stages/rendering/view_files.h"
#include "stages/rendering/view_sets.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

// Measured on the sample objects and the 86 real ones at 490 px; what --estimate reckons with.
constexpr double kPngBytesPerPixel = 0.42, kExrBytesPerPixelAndChannel = 0.55, kVisibilityBytesPerPoint = 1.7;
constexpr double kVisibleShare = 0.35, kPointsPerAsset = 100'000;

struct LoadedPoints {
  std::vector<Vec3f> positions;
  std::vector<std::int32_t> triangles;
};

LoadedPoints load_points(const fs::path& file) {
  const auto arrays = load_npz(file);
  const auto array = [&](const char* name) -> const NpyArray& {
    const auto found = arrays.find(name);
    if (found == arrays.end()) throw std::runtime_error(file.string() + " has no array \"" + name + "\"");
    return found->second;
  };
  const auto coordinates = array("points").as<float>();
  LoadedPoints points{{}, array("triangle").as<std::int32_t>()};
  for (std::size_t i = 0; i + 2 < coordinates.size(); i += 3)
    points.positions.push_back({coordinates[i], coordinates[i + 1], coordinates[i + 2]});
  if (points.positions.size() != points.triangles.size())
    throw std::runtime_error(file.string() + ": points and triangle differ in length");
  return points;
}

// Of option exr_channels; throws UsageError for a group that does not exist.
ViewFiles view_files(const Options& options) {
  ViewFiles files{options.get_strings("exr_channels"), options.get_bool("exr_half"),
                  options.get_bool("reference")};
  try {
    channel_names(files.exr_groups);
  } catch (const std::invalid_argument& error) {
    throw UsageError(std::string("exr_channels: ") + error.what());
  }
  return files;
}

class RenderStage : public Stage {
 public:
  std::string name() const override { return "render"; }
  std::string summary() const override {
    return "Renders labelling and training views of accepted assets, with the surface points each shows. "
           "(One file without a workspace: --file X.glb --out DIR; see --file X --help.)";
  }

  OptionTable options() const override {
    constexpr Effect kNone = Effect::kNone;
    OptionTable table{
        {.name = "label_views",
         .type = OptionType::kInt,
         .default_value = 19,
         .min = 0,
         .max = 19,
         .help = "views for the labelling of parts, from fixed positions around the randomly turned object"},
        {.name = "train_views",
         .type = OptionType::kInt,
         .default_value = 30,
         .min = 0,
         .max = 9999,
         .help = "views for training, from random positions at elevations of -60 to 60 degrees"},
        {.name = "size",
         .type = OptionType::kInt,
         .default_value = 490,
         .unit = "px",
         .min = 16,
         .max = 4096,
         .help = "width and height of every view"},
        {.name = "label_cameras",
         .type = OptionType::kPath,
         .default_value = "",
         .help =
             "camera file (JSON: width, height, K, views with R and t) in place of the labelling positions"},
        {.name = "train_cameras",
         .type = OptionType::kPath,
         .default_value = "",
         .help = "camera file in place of the training positions"},
        {.name = "label_samples",
         .type = OptionType::kInt,
         .default_value = 0,
         .min = 0,
         .max = 65536,
         .help = "paths per pixel of labelling views; 0: as many as samples"},
        {.name = "hdri",
         .type = OptionType::kPathList,
         .default_value = {"builtin:studio", "builtin:sky"},
         .help = "environment maps (.exr, .hdr), folders of them, builtin:studio, builtin:sky; one is drawn "
                 "per asset"},
        {.name = "hdri_rotation",
         .type = OptionType::kString,
         .default_value = "random",
         .choices = {"random", "none"},
         .help = "turn of the environment about the vertical axis, drawn per asset"},
        {.name = "exr_channels",
         .type = OptionType::kStringList,
         .default_value = {"Z", "N"},
         .help =
             "channels of the EXR files: RGBA (linear), A (coverage), Z (z-depth), N (geometric normal), Ns "
             "(shading normal), P (position), part (part id); empty: no EXR files"},
        {.name = "exr_half",
         .type = OptionType::kBool,
         .default_value = false,
         .help = "EXR channels in half precision"},
        {.name = "reference",
         .type = OptionType::kBool,
         .default_value = false,
         .help = "each view also as the published release keeps it, reference/NNNN.npz: float16 depth, K and "
                 "RT of its z-up world"},
        {.name = "estimate",
         .type = OptionType::kBool,
         .default_value = false,
         .help = "print the disk space that rendering takes, and stop",
         .effect = kNone},
    };
    for (Option& option : light_options()) table.add(std::move(option));
    return table;
  }

  void begin(StageContext& context) override {
    check_denoiser(context.options);
    EnvironmentCache environments;
    for (const std::string& environment : environments_of(context)) environments.load(environment);
    view_files(context.options);
    view_sets(context.options, 1, 0, 0);
  }

  void list_items(StageContext& context, ItemSink& sink) override {
    std::string files;
    for (const std::string& name : environments_of(context))
      files += (is_builtin_environment(name) ? name : sha256_file(name, 16)) + ',';
    for (const fs::path& cameras : camera_files(context.options)) files += sha256_file(cameras, 16) + ',';
    std::int64_t assets = 0;
    for_each_done_item(*context.manifest, "filter", [&](const DoneItem& item) {
      sink.want(item.key, item.fingerprint + ',' + files);
      ++assets;
    });
    if (context.options.get_bool("estimate")) print_estimate(context.options, assets);
  }

  nlohmann::json describe(StageContext& context, const std::string& key) override {
    const auto asset = find_asset(*context.manifest, key);
    if (!asset) throw std::runtime_error("asset " + key + " is not in the manifest");
    const std::vector<std::string> environments = environments_of(context);
    Random random(item_seed(context.seed, name(), key));
    const std::string environment = environments[random.below(environments.size())];
    const double turn = 360.0 * random.uniform();
    nlohmann::json job = asset_job(*asset);
    job["environment"] = environment;
    job["rotation_deg"] = context.options.get_string("hdri_rotation") == "random" ? turn : 0.0;
    job["seed"] = random.next();
    return job;
  }

  std::vector<fs::path> readable_folders(StageContext& context) override {
    std::set<fs::path> folders;
    for (const fs::path& file : camera_files(context.options)) folders.insert(file.parent_path());
    for (const std::string& name : environments_of(context))
      if (!is_builtin_environment(name)) folders.insert(fs::path(name).parent_path());
    for_each_asset(*context.manifest, [&](const Asset& asset) { folders.insert(asset.root); });
    return {folders.begin(), folders.end()};
  }

  ItemResult work(StageContext& context, const std::string& key, const nlohmann::json& job) override {
    Scene scene;
    try {
      scene = import_asset(asset_source(job), accepted_by_filter());
    } catch (const ImportError& error) {
      return ItemResult::rejected(error.kind, error.what());
    }
    normalize(scene);
    const fs::path folder = context.workspace.asset(key);
    const LoadedPoints points = load_points(folder / "points.npz");
    for (const std::int32_t triangle : points.triangles)
      if (triangle < 0 || static_cast<std::size_t>(triangle) >= scene.mesh.triangles.size())
        throw std::runtime_error(
            (folder / "points.npz").string() +
            " does not fit the mesh; was the asset changed since filter? (funcorr filter)");
    const PathTracer tracer(scene, context.threads);
    ViewWriter writer;
    nlohmann::json views = nlohmann::json::array();
    bool all_blank = true;
    for (const ViewSet& set : view_sets(context.options, context.threads, job.at("seed").get<std::uint64_t>(),
                                        job.at("rotation_deg").get<double>())) {
      remove_surplus_views(folder / set.name, set.cameras.views.size(), view_files(context.options));
      for (std::size_t i = 0; i < set.cameras.views.size(); ++i) {
        if (context.stop_requested())
          return ItemResult::transient("interrupted", "stopped between two views");
        const View view = render_view(context, tracer, points, set, i, folder / set.name, job, writer);
        all_blank = all_blank && view.coverage == 0;
        views.push_back(view);
      }
      writer.finish();
      write_artifact(folder / set.name / "cameras.json",
                     [&](const fs::path& temporary) { write_camera_file(temporary, set.cameras); });
    }
    if (all_blank && !views.empty())
      return ItemResult::rejected("blank_renders",
                                  "no view shows anything: is the whole object transparent?");
    return ItemResult::done({{"views", std::move(views)}});
  }

  void commit(StageContext& context, const std::string& key, const ItemResult& result) override {
    replace_views(*context.manifest, key, result.output.at("views").get<std::vector<View>>());
  }

 private:
  // Filter has applied its limits already; only what its options cannot have let through is refused here.
  static ImportOptions accepted_by_filter() {
    ImportOptions options;
    options.limits.max_file_bytes = 64LL << 30;
    options.limits.max_triangles = 1'000'000'000;
    options.limits.max_texture_pixels = 1'000'000'000;
    options.limits.max_all_texture_pixels = 4'000'000'000;
    return options;
  }

  static std::vector<std::string> environments_of(const StageContext& context) {
    return environment_names(context.options.get_paths("hdri"));
  }

  static std::vector<fs::path> camera_files(const Options& options) {
    std::vector<fs::path> files;
    for (const char* option : {"label_cameras", "train_cameras"})
      if (!options.get_string(option).empty()) files.push_back(options.get_path(option));
    return files;
  }

  View render_view(StageContext& context, const PathTracer& tracer, const LoadedPoints& points,
                   const ViewSet& set, std::size_t index, const fs::path& folder, const nlohmann::json& job,
                   ViewWriter& writer) {
    const Camera& camera = set.cameras.views[index];
    RenderSettings settings = set.settings;
    settings.seed = mix64(settings.seed + index);
    const auto environment_name = job.at("environment").get<std::string>();
    const Lighting light{&environments_.load(environment_name), set.environment_from_world};
    settings.exposure_stops += automatic_stops(context.options, *light.environment);
    ImageF radiance = tracer.radiance(camera, light, settings);
    Image8 rgba = develop(radiance, settings.exposure_stops, settings.view_transform);
    VisiblePoints visible =
        visible_points(tracer, camera, points.positions, points.triangles, rgba, context.threads);
    const ViewQuality quality = assess_view(rgba);
    const auto points_seen = static_cast<std::int64_t>(visible.point_ids.size());
    writer.start([&tracer, folder, index, camera, files = view_files(context.options),
                  release_world_from_object = *set.cameras.release_world_from_object,
                  threads = context.threads, radiance = std::move(radiance), rgba = std::move(rgba),
                  visible = std::move(visible)] {
      write_view(folder, index, files, tracer, camera, radiance, rgba, threads);
      if (files.reference)
        write_reference_view(folder, index, tracer, camera, release_world_from_object, threads);
      write_visible_points(folder, index, visible);
    });
    return {{},
            set.name,
            static_cast<int>(index),
            is_builtin_environment(environment_name) ? environment_name
                                                     : fs::path(environment_name).filename().string(),
            job.at("rotation_deg").get<double>(),
            quality.coverage,
            points_seen,
            quality.flags};
  }

  static void print_estimate(const Options& options, std::int64_t assets) {
    const auto views = static_cast<double>(options.get_int("label_views") + options.get_int("train_views"));
    const double pixels = std::pow(static_cast<double>(options.get_int("size")), 2);
    const double channels = static_cast<double>(channel_names(view_files(options).exr_groups).size());
    const double png = views * pixels * kPngBytesPerPixel * 1e-6;
    const double exr = views * pixels * channels * kExrBytesPerPixelAndChannel *
                       (options.get_bool("exr_half") ? 0.5 : 1.0) * 1e-6;
    const double npz = views * kPointsPerAsset * kVisibleShare * kVisibilityBytesPerPoint * 1e-6;
    std::cout << fmt::format(
        "about {:.1f} MB per asset: PNG {:.1f}, EXR {:.1f}, visible points {:.1f} ({} views of {} px)\n"
        "{} assets: about {:.2f} GB in all\n",
        png + exr + npz, png, exr, npz, views, options.get_int("size"), assets,
        static_cast<double>(assets) * (png + exr + npz) * 1e-3);
  }

  EnvironmentCache environments_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::keep_large_blocks();
  if (funcorr::asks_for_one_file(argc, argv)) return funcorr::render_one_file(argc, argv);
  funcorr::RenderStage stage;
  return funcorr::stage_main(argc, argv, stage);
}
