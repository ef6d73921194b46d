#include "render/views/single_file.h"

#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

#include "db/dataset/cameras.h"
#include "db/format/artifact.h"
#include "db/format/error.h"
#include "db/format/random.h"
#include "render/film/denoise.h"
#include "render/film/view_transform.h"
#include "render/import/import.h"
#include "render/integrator/path_tracer.h"
#include "render/light/environments.h"
#include "render/views/view_files.h"
#include "render/views/view_sets.h"
#include "render/visibility/view_quality.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

// Seconds since it was made or asked last.
class Lap {
 public:
  double seconds() {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(start_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// The folder above the mesh's own, whose textures often lie beside its folder; not all of the machine.
fs::path usual_root(const fs::path& file) {
  const fs::path folder = fs::is_directory(file) ? file : file.parent_path(), above = folder.parent_path();
  return above == above.root_path() ? file.parent_path() : above;
}

AssetSource source_of(const SingleFileOptions& options) {
  fs::path file = options.file;
  if (!file.has_filename()) file = file.parent_path();
  file = fs::weakly_canonical(fs::absolute(file).parent_path()) / file.filename();
  const fs::path root = options.root.empty() ? usual_root(file) : fs::weakly_canonical(options.root);
  AssetSource source{root, file.lexically_relative(root).string(), {}, options.up};
  if (source.path.empty() || source.path.starts_with(".."))
    throw UsageError("root: " + file.string() + " does not lie beneath " + root.string());
  const fs::path sidecar = fs::path(source.path).replace_extension(".json");
  if (fs::is_regular_file(file) && fs::is_regular_file(root / sidecar)) source.sidecar = sidecar.string();
  return source;
}

CameraFile cameras_of(const SingleFileOptions& options) {
  CameraFile cameras;
  try {
    if (!options.cameras.empty()) cameras = read_camera_file(options.cameras);
  } catch (const std::runtime_error& error) {
    throw UsageError(error.what());
  }
  if (options.cameras.empty())
    cameras.views = training_cameras(options.views, options.size_px, options.settings.seed);
  if (!cameras.release_world_from_object) cameras.release_world_from_object = release_world_from_object();
  return cameras;
}

ViewFiles files_of(const SingleFileOptions& options) {
  ViewFiles files = options.files;
  if (options.linear_exr) files.exr_channels.push_back(ChannelGroup::kColor);
  return files;
}

RenderSettings settings_of(const SingleFileOptions& options) {
  RenderSettings settings = options.settings;
  const std::vector<double>& color = options.backdrop_color;
  if (color.size() != 3)
    throw UsageError("backdrop-color: three numbers are wanted, not " + std::to_string(color.size()));
  for (int c = 0; c < 3; ++c)
    settings.backdrop_color[c] = static_cast<float>(color[static_cast<std::size_t>(c)]);
  return settings;
}

std::string environment_of(const SingleFileOptions& options) {
  const std::vector<std::string> names = environment_names(options.hdri);
  if (names.size() != 1)
    throw UsageError("hdri: one environment is wanted, not " + std::to_string(names.size()));
  return names.front();
}

void render_views(const SingleFileOptions& options, const Scene& scene, const CameraFile& cameras,
                  const Environment& environment, SingleFileReport& report) {
  const ViewFiles files = files_of(options);
  RenderSettings settings = settings_of(options);
  Lap lap;
  const PathTracer tracer(scene, settings.threads);
  report.seconds.build = lap.seconds();
  const Transform& release_world_from_object = *cameras.release_world_from_object;
  const Lighting light{&environment,
                       turned_environment(options.hdri_rotation_deg, release_world_from_object)};
  ViewWriter writer;
  for (std::size_t i = 0; i < cameras.views.size(); ++i) {
    const Camera& camera = cameras.views[i];
    settings.seed = mix64(options.settings.seed + i);
    ImageF radiance = tracer.radiance(camera, light, settings);
    Image8 rgba = develop(radiance, settings.stops_in(environment), settings.view_transform);
    const ViewQuality quality = assess_view(rgba);
    report.views.push_back({lap.seconds(), quality.coverage, quality.flags});
    writer.start([&, view = static_cast<int>(i), threads = settings.threads, radiance = std::move(radiance),
                  rgba = std::move(rgba)] {
      write_view(options.out, view, files, tracer, camera, radiance, rgba, threads);
      if (files.reference)
        write_reference_view(options.out, view, tracer, camera, release_world_from_object, threads);
    });
    report.seconds.waiting_for_files += lap.seconds();
  }
  writer.finish();
  report.seconds.waiting_for_files += lap.seconds();
}

}  // namespace

const OptionList<SingleFileOptions>& SingleFileOptions::options() {
  using F = SingleFileOptions;
  using S = RenderSettings;
  static const OptionList<F> list{
      option("file", &F::file).help("mesh file, or a folder of part files"),
      option("root", &F::root)
          .help("folder beneath which its textures are looked for; empty: the one above the mesh's own"),
      option("out", &F::out).help("folder for the pictures"),
      option("up", &F::up).choices({"y", "z"}).help("axis that is up in an obj, stl or ply"),
      option("hdri", &F::hdri)
          .help("environment map (.exr, .hdr; latitude-longitude), builtin:studio or builtin:sky"),
      option("hdri_rotation", &F::hdri_rotation_deg)
          .range(-360, 360)
          .unit("degrees")
          .help("turn of the looked-up direction about the vertical (a Mapping node's rotation z in Cycles)"),
      option("cameras", &F::cameras)
          .help("camera file: width, height, K and per view R and t (or cam_from_world), OpenCV axes, "
                "normalised object space; may hold normalized_from_asset. Without: training positions"),
      option("views", &F::views).range(1, 9999).help("training positions, where no cameras are given"),
      option("size", &F::size_px)
          .range(16, 4096)
          .unit("px")
          .help("width and height of views, where no cameras are given"),
      option("linear_exr", &F::linear_exr).help("linear R, G, B, A (premultiplied, half) in the EXR too"),
      options_of(&F::files),
      BoundOption<F>(&F::settings, option("seed", &S::seed).range(0, 9e15).help("seed of samples and views")),
      BoundOption<F>(
          &F::settings,
          option("threads", &S::threads).range(0, 1024).help("threads to render with; 0: one for each CPU")),
      BoundOption<F>(&F::settings, option("backdrop", &S::backdrop)
                                       .help("what is behind the object; color and environment are opaque")),
      option("backdrop_color", &F::backdrop_color)
          .range(0, 1e6)
          .help("linear red, green, blue of the backdrop \"color\""),
      options_of(&F::settings),
  };
  return list;
}

SingleFileReport render_single_file(const SingleFileOptions& options) {
  SingleFileOptions::options().check(options);
  if (options.settings.denoise) require_denoiser();
  CameraFile cameras = cameras_of(options);
  const std::string environment_name = environment_of(options);
  SingleFileReport report;
  Lap lap;
  EnvironmentCache environments;
  const Environment& environment = environments.load(environment_name);
  if (std::string notice = environment_notice(environment_name, environment); !notice.empty())
    report.warnings.push_back(std::move(notice));
  report.seconds.environment = lap.seconds();
  Scene scene = import_asset(source_of(options));
  if (cameras.normalized_from_asset)
    normalize(scene, *cameras.normalized_from_asset);
  else
    cameras.normalized_from_asset = normalize(scene);
  report.seconds.import = lap.seconds();
  report.asset = {scene.mesh.triangles.size(),
                  scene.statistics.degenerate_triangles,
                  scene.materials.size(),
                  scene.textures.size(),
                  scene.part_names,
                  scene.warnings};
  render_views(options, scene, cameras, environment, report);
  write_artifact(cameras_path(options.out), [&](const fs::path& file) { write_camera_file(file, cameras); });
  write_artifact(options.out / "report.json", to_text(report));
  return report;
}

std::string to_text(const SingleFileReport& report) {
  return nlohmann::json(report).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace funcorr
