// funcorr-render: accepted assets → labelling and training views with cameras, depth, normals and visible
// points. Item: an asset's uid.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <memory>
#include <numbers>
#include <set>

#include <fmt/format.h>

#include "db/assets.h"
#include "db/labels.h"
#include "pipeline/artifact.h"
#include "pipeline/hash.h"
#include "pipeline/stage.h"
#include "render/camera.h"
#include "render/format/image.h"
#include "render/format/npy.h"
#include "render/geometry/random.h"
#include "render/import/import.h"
#include "render/integrator/path_tracer.h"
#include "render/visibility/view_quality.h"
#include "render/visibility/visible_points.h"
#include "stages/asset_job.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

// Measured on the sample objects and the 86 real ones at 490 px; what --estimate reckons with.
constexpr double kPngBytesPerPixel = 0.42, kExrBytesPerPixelAndChannel = 0.55, kVisibilityBytesPerPoint = 1.7;
constexpr double kVisibleShare = 0.35, kPointsPerAsset = 100'000;

// The names and files of --hdri, folders replaced by the maps in them.
std::vector<std::string> environment_names(const Options& options) {
  std::vector<std::string> names;
  for (const fs::path& path : options.get_paths("hdri")) {
    const std::string file_name = path.filename().string();
    if (is_builtin_environment(file_name)) {
      const std::vector<std::string> builtins = builtin_environments();
      if (std::ranges::find(builtins, file_name) == builtins.end())
        throw UsageError("hdri: there is no \"" + file_name + "\"; builtin:studio and builtin:sky exist");
      names.push_back(file_name);
    } else if (fs::is_directory(path)) {
      std::set<std::string> maps;
      for (const auto& entry : fs::directory_iterator(path))
        if (entry.path().extension() == ".exr" || entry.path().extension() == ".hdr")
          maps.insert(entry.path().string());
      if (maps.empty())
        throw EnvironmentError("hdri: the folder " + path.string() + " has no .exr or .hdr file");
      names.insert(names.end(), maps.begin(), maps.end());
    } else if (fs::is_regular_file(path)) {
      names.push_back(path.string());
    } else {
      throw EnvironmentError("hdri: environment map " + path.string() +
                             " does not exist; give .exr or .hdr files, folders of them, builtin:studio or "
                             "builtin:sky");
    }
  }
  if (names.empty()) throw UsageError("hdri: the list is empty; builtin:studio and builtin:sky need no file");
  return names;
}

// One of the two sets of views of an asset.
struct ViewSet {
  std::string name;  // "label" or "train"
  std::vector<Camera> cameras;
  Transform environment_from_world;
  RenderSettings settings;
};

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

std::vector<std::string> exr_channel_names(const Options& options) {
  std::vector<std::string> names;
  for (const std::string& channel : options.get_strings("exr_channels")) {
    if (channel == "Z")
      names.push_back("Z");
    else if (channel == "N")
      names.insert(names.end(), {"N.X", "N.Y", "N.Z"});
    else
      throw UsageError("exr_channels: \"" + channel + "\" is none of Z, N");
  }
  return names;
}

// The wanted channels of a [Z, N.X, N.Y, N.Z] image.
ImageF select_channels(const ImageF& depth_and_normals, const std::vector<std::string>& names) {
  static const std::map<std::string, int> kSource = {{"Z", 0}, {"N.X", 1}, {"N.Y", 2}, {"N.Z", 3}};
  ImageF selected(depth_and_normals.width, depth_and_normals.height, static_cast<int>(names.size()));
  for (int y = 0; y < selected.height; ++y)
    for (int x = 0; x < selected.width; ++x)
      for (std::size_t c = 0; c < names.size(); ++c)
        selected.at(x, y)[c] = depth_and_normals.at(x, y)[kSource.at(names[c])];
  return selected;
}

std::map<std::string, NpyArray> to_arrays(const VisiblePoints& visible) {
  std::vector<std::int16_t> pixels;
  pixels.reserve(2 * visible.pixels_rowcol.size());
  for (const auto& pixel : visible.pixels_rowcol)
    for (const std::int32_t coordinate : pixel) pixels.push_back(static_cast<std::int16_t>(coordinate));
  std::map<std::string, NpyArray> arrays;
  arrays.emplace("point_ids", NpyArray::from(visible.point_ids, {visible.point_ids.size()}));
  arrays.emplace("pixels_rowcol", NpyArray::from(pixels, {visible.pixels_rowcol.size(), 2}));
  return arrays;
}

// Files of views that an earlier run with more of them left.
void remove_surplus_views(const fs::path& folder, std::size_t views) {
  if (!fs::is_directory(folder)) return;
  std::vector<fs::path> surplus;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string stem = entry.path().stem().string();
    if (stem.size() == 4 && std::ranges::all_of(stem, [](char c) { return c >= '0' && c <= '9'; }) &&
        static_cast<std::size_t>(std::stoi(stem)) >= views)
      surplus.push_back(entry.path());
  }
  for (const fs::path& file : surplus) fs::remove(file);
}

nlohmann::json to_json(const View& view) {
  return {{"set", view.set},           {"index", view.index},
          {"hdri", view.hdri},         {"hdri_rotation_deg", view.hdri_rotation_deg},
          {"coverage", view.coverage}, {"visible_points", view.visible_points},
          {"flags", view.flags}};
}

View view_from_json(const std::string& uid, const nlohmann::json& json) {
  return {uid,
          json.at("set").get<std::string>(),
          json.at("index").get<int>(),
          json.at("hdri").get<std::string>(),
          json.at("hdri_rotation_deg").get<double>(),
          json.at("coverage").get<double>(),
          json.at("visible_points").get<std::int64_t>(),
          json.at("flags").get<std::string>()};
}

class RenderStage : public Stage {
 public:
  std::string name() const override { return "render"; }
  std::string summary() const override {
    return "Renders labelling and training views of accepted assets, with the surface points each shows.";
  }

  OptionTable options() const override {
    constexpr Effect kNone = Effect::kNone;
    return {
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
        {.name = "samples",
         .type = OptionType::kInt,
         .default_value = 100,
         .min = 1,
         .max = 65536,
         .help = "paths per pixel"},
        {.name = "label_samples",
         .type = OptionType::kInt,
         .default_value = 0,
         .min = 0,
         .max = 65536,
         .help = "paths per pixel of labelling views; 0: as many as samples"},
        {.name = "max_bounces",
         .type = OptionType::kInt,
         .default_value = 8,
         .min = 0,
         .max = 64,
         .help = "reflections after the first surface; 0: direct light only"},
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
        {.name = "exposure",
         .type = OptionType::kDouble,
         .default_value = 0,
         .unit = "stops",
         .min = -20,
         .max = 20,
         .help = "brightens (or darkens) before the sRGB view transform"},
        {.name = "clamp",
         .type = OptionType::kDouble,
         .default_value = 0,
         .min = 0,
         .max = 1e6,
         .help = "largest radiance of one path, against fireflies; 0: off, unbiased"},
        {.name = "exr_channels",
         .type = OptionType::kStringList,
         .default_value = {"Z", "N"},
         .help = "channels of the EXR files: Z (z-depth), N (geometric normal); empty: no EXR files"},
        {.name = "exr_half",
         .type = OptionType::kBool,
         .default_value = false,
         .help = "EXR channels in half precision"},
        {.name = "estimate",
         .type = OptionType::kBool,
         .default_value = false,
         .help = "print the disk space that rendering takes, and stop",
         .effect = kNone},
    };
  }

  void begin(StageContext& context) override {
    for (const std::string& environment : environment_names(context.options)) check_environment(environment);
    exr_channel_names(context.options);
  }

  void list_items(StageContext& context, ItemSink& sink) override {
    std::string environments;
    for (const std::string& name : environment_names(context.options))
      environments += "," + (is_builtin_environment(name) ? name : sha256_file(name, 16));
    std::int64_t assets = 0;
    for_each_done_item(*context.manifest, "filter", [&](const DoneItem& item) {
      sink.want(item.key, item.fingerprint + environments);
      ++assets;
    });
    if (context.options.get_bool("estimate")) print_estimate(context.options, assets);
  }

  nlohmann::json describe(StageContext& context, const std::string& key) override {
    const auto asset = find_asset(*context.manifest, key);
    if (!asset) throw std::runtime_error("asset " + key + " is not in the manifest");
    const std::vector<std::string> environments = environment_names(context.options);
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
    for (const std::string& name : environment_names(context.options))
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
    nlohmann::json views = nlohmann::json::array();
    bool all_blank = true;
    for (const ViewSet& set : view_sets(context, job)) {
      remove_surplus_views(folder / set.name, set.cameras.size());
      for (std::size_t i = 0; i < set.cameras.size(); ++i) {
        if (context.stop_requested())
          return ItemResult::transient("interrupted", "stopped between two views");
        const View view = render_view(context, tracer, points, set, i, folder / set.name, job);
        all_blank = all_blank && view.coverage == 0;
        views.push_back(to_json(view));
      }
      write_artifact(folder / set.name / "cameras.json",
                     [&](const fs::path& temporary) { write_cameras(temporary, set.cameras); });
    }
    if (all_blank && !views.empty())
      return ItemResult::rejected("blank_renders",
                                  "no view shows anything: is the whole object transparent?");
    return ItemResult::done({{"views", std::move(views)}});
  }

  void commit(StageContext& context, const std::string& key, const ItemResult& result) override {
    std::vector<View> views;
    for (const nlohmann::json& view : result.output.at("views")) views.push_back(view_from_json(key, view));
    replace_views(*context.manifest, key, views);
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

  static void check_environment(const std::string& environment) {
    try {
      load_environment(environment);
    } catch (const std::exception& error) {
      throw EnvironmentError(error.what());
    }
  }

  // Maps stay loaded from item to item; a few, as one of 2048 × 1024 takes 35 MB.
  const Environment& environment(const std::string& name) {
    auto found = environments_.find(name);
    if (found == environments_.end()) {
      if (environments_.size() >= 4) environments_.clear();
      found = environments_.emplace(name, std::make_unique<Environment>(load_environment(name))).first;
    }
    return *found->second;
  }

  static std::vector<ViewSet> view_sets(const StageContext& context, const nlohmann::json& job) {
    const Options& options = context.options;
    Random random(job.at("seed").get<std::uint64_t>());
    const std::uint64_t turn_seed = random.next(), position_seed = random.next();
    const int size = static_cast<int>(options.get_int("size"));
    RenderSettings settings;
    settings.samples = static_cast<int>(options.get_int("samples"));
    settings.max_bounces = static_cast<int>(options.get_int("max_bounces"));
    settings.exposure_stops = options.get_double("exposure");
    settings.clamp_radiance = options.get_double("clamp");
    settings.threads = context.threads;
    const double degrees = job.at("rotation_deg").get<double>();
    const Transform rotation = Transform::rotate_z(degrees * std::numbers::pi / 180.0);

    ViewSet label{"label",
                  labelling_cameras(static_cast<int>(options.get_int("label_views")), size, turn_seed),
                  rotation * release_world_from_labelled_object(turn_seed), settings};
    if (const auto samples = options.get_int("label_samples"); samples > 0)
      label.settings.samples = static_cast<int>(samples);
    label.settings.seed = random.next();
    ViewSet train{"train",
                  training_cameras(static_cast<int>(options.get_int("train_views")), size, position_seed),
                  rotation * release_world_from_object(), settings};
    train.settings.seed = random.next();
    return {std::move(label), std::move(train)};
  }

  View render_view(StageContext& context, const PathTracer& tracer, const LoadedPoints& points,
                   const ViewSet& set, std::size_t index, const fs::path& folder, const nlohmann::json& job) {
    const Camera& camera = set.cameras[index];
    RenderSettings settings = set.settings;
    settings.seed = mix64(settings.seed + index);
    const auto environment_name = job.at("environment").get<std::string>();
    const Lighting light{&environment(environment_name), set.environment_from_world};
    const Image8 rgba = develop(tracer.radiance(camera, light, settings), settings.exposure_stops);
    const VisiblePoints visible =
        visible_points(tracer, camera, points.positions, points.triangles, rgba, context.threads);

    const std::string stem = fmt::format("{:04}", index);
    write_artifact(folder / (stem + ".png"), [&](const fs::path& file) { save_png(file, rgba); });
    write_artifact(folder / (stem + ".npz"),
                   [&](const fs::path& file) { save_npz(file, to_arrays(visible)); });
    if (const auto channels = exr_channel_names(context.options); !channels.empty()) {
      const ImageF values = select_channels(tracer.depth_and_normals(camera, context.threads), channels);
      write_artifact(folder / (stem + ".exr"), [&](const fs::path& file) {
        save_exr(file, values, channels, context.options.get_bool("exr_half"));
      });
    }
    const ViewQuality quality = assess_view(rgba);
    return {{},
            set.name,
            static_cast<int>(index),
            is_builtin_environment(environment_name) ? environment_name
                                                     : fs::path(environment_name).filename().string(),
            job.at("rotation_deg").get<double>(),
            quality.coverage,
            static_cast<std::int64_t>(visible.point_ids.size()),
            quality.flags()};
  }

  static void print_estimate(const Options& options, std::int64_t assets) {
    const auto views = static_cast<double>(options.get_int("label_views") + options.get_int("train_views"));
    const double pixels = std::pow(static_cast<double>(options.get_int("size")), 2);
    const double channels = static_cast<double>(exr_channel_names(options).size());
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

  std::map<std::string, std::unique_ptr<Environment>> environments_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::RenderStage stage;
  // An estimate must change nothing: it is a dry run.
  std::vector<char*> arguments(argv, argv + argc);
  std::string dry_run = "--dry-run";
  if (std::ranges::any_of(arguments, [](const char* a) { return std::string_view(a) == "--estimate"; }))
    arguments.push_back(dry_run.data());
  arguments.push_back(nullptr);
  return funcorr::stage_main(static_cast<int>(arguments.size()) - 1, arguments.data(), stage);
}
