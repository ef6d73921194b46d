#include "stages/rendering/one_file.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "db/format/artifact.h"
#include "db/format/json.h"
#include "db/format/random.h"
#include "pipeline/command_line.h"
#include "render/import/import.h"
#include "render/visibility/channels.h"
#include "render/visibility/view_quality.h"
#include "stages/rendering/environments.h"
#include "stages/rendering/view_files.h"
#include "stages/rendering/view_sets.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

OptionTable one_file_options() {
  using enum OptionType;
  OptionTable table{
      {.name = "file", .type = kPath, .default_value = "", .help = "mesh file, or a folder of part files"},
      {.name = "out", .type = kPath, .default_value = "", .help = "folder for the pictures"},
      {.name = "up",
       .type = kString,
       .default_value = "y",
       .choices = {"y", "z"},
       .help = "axis that is up in an obj, stl or ply"},
      {.name = "hdri",
       .type = kPathList,
       .default_value = {"builtin:studio"},
       .help = "environment map (.exr, .hdr), builtin:studio or builtin:sky"},
      {.name = "hdri_rotation",
       .type = kDouble,
       .default_value = 0,
       .unit = "degrees",
       .min = -360,
       .max = 360,
       .help = "turn of the looked-up direction about the vertical (a Mapping node's rotation z in Cycles)"},
      {.name = "cameras",
       .type = kPath,
       .default_value = "",
       .help = "camera file: width, height, K and per view R and t (or cam_from_world), OpenCV axes, "
               "normalised object space; may hold normalized_from_asset. Without: training positions"},
      {.name = "views",
       .type = kInt,
       .default_value = 4,
       .min = 1,
       .max = 9999,
       .help = "training positions, where no cameras are given"},
      {.name = "size",
       .type = kInt,
       .default_value = 490,
       .unit = "px",
       .min = 16,
       .max = 4096,
       .help = "width and height, where no cameras are given"},
      {.name = "linear_exr",
       .type = kBool,
       .default_value = false,
       .help = "linear R, G, B, A (premultiplied, half) in the EXR too"},
      {.name = "exr_channels",
       .type = kStringList,
       .default_value = {"Z", "N"},
       .help = "channels of the EXR: RGBA, A, Z, N, Ns, P, part; empty: none"},
      {.name = "exr_half", .type = kBool, .default_value = false, .help = "every channel in half precision"},
      {.name = "reference",
       .type = kBool,
       .default_value = false,
       .help =
           "each view also as the published release keeps it, reference/NNNN.npz: float16 depth, K and RT "
           "of its z-up world"},
      {.name = "seed",
       .type = kInt,
       .default_value = 0,
       .min = 0,
       .max = 9e15,
       .help = "of samples and views"},
      {.name = "threads", .type = kInt, .default_value = 0, .min = 0, .max = 1024, .help = "0: one per CPU"},
      {.name = "backdrop",
       .type = kString,
       .default_value = "transparent",
       .choices = {"transparent", "color", "environment"},
       .help = "behind the object; the latter two are opaque"},
      {.name = "backdrop_color",
       .type = kDoubleList,
       .default_value = {1, 1, 1},
       .min = 0,
       .max = 1e6,
       .help = "linear red, green, blue"},
  };
  for (Option& option : light_options()) table.add(std::move(option));
  return table;
}

void print_help(const OptionTable& table) {
  std::cout << "funcorr-render --file: renders one file, without a workspace.\n\n"
               "Usage: funcorr-render --file X.glb --out DIR [options]\n\nOptions\n";
  for (const Option& option : table.options()) {
    std::string name = option.name;
    std::ranges::replace(name, '_', '-');
    std::cout << fmt::format("  --{:<16} {} ({}{}{})\n", name, option.help, allowed_range(option),
                             option.unit.empty() ? "" : " ", option.unit);
  }
}

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

AssetSource source_of(const Options& options) {
  fs::path file = options.get_path("file");
  if (!file.has_filename()) file = file.parent_path();
  AssetSource source{file.parent_path(), file.filename().string(), {}, options.get_string("up")};
  const fs::path sidecar = fs::path(file).replace_extension(".json");
  if (fs::is_regular_file(file) && fs::is_regular_file(sidecar)) source.sidecar = sidecar.filename().string();
  return source;
}

CameraFile cameras_of(const Options& options) {
  const auto seed = static_cast<std::uint64_t>(options.get_int("seed"));
  CameraFile cameras;
  try {
    if (!options.get_string("cameras").empty()) cameras = read_camera_file(options.get_path("cameras"));
  } catch (const std::runtime_error& error) {
    throw UsageError(error.what());
  }
  if (options.get_string("cameras").empty())
    cameras.views = training_cameras(static_cast<int>(options.get_int("views")),
                                     static_cast<int>(options.get_int("size")), seed);
  if (!cameras.release_world_from_object) cameras.release_world_from_object = release_world_from_object();
  return cameras;
}

ViewFiles files_of(const Options& options) {
  ViewFiles files{options.get_strings("exr_channels"), options.get_bool("exr_half"),
                  options.get_bool("reference")};
  if (options.get_bool("linear_exr")) files.exr_groups.push_back("RGBA");
  try {
    channel_names(files.exr_groups);
  } catch (const std::invalid_argument& error) {
    throw UsageError(std::string("exr-channels: ") + error.what());
  }
  return files;
}

json asset_report(const Scene& scene) {
  return {{"triangles", scene.mesh.triangles.size()},
          {"degenerate_triangles", scene.statistics.degenerate_triangles},
          {"materials", scene.materials.size()},
          {"textures", scene.textures.size()},
          {"parts", scene.part_names},
          {"warnings", scene.warnings}};
}

void set_backdrop(const Options& options, RenderSettings& settings) {
  const std::string backdrop = options.get_string("backdrop");
  settings.backdrop = backdrop == "color"         ? Backdrop::kColor
                      : backdrop == "environment" ? Backdrop::kEnvironment
                                                  : Backdrop::kTransparent;
  const std::vector<double> color = options.get_doubles("backdrop_color");
  if (color.size() != 3)
    throw UsageError("backdrop-color: three numbers are wanted, not " + std::to_string(color.size()));
  for (int c = 0; c < 3; ++c)
    settings.backdrop_color[c] = static_cast<float>(color[static_cast<std::size_t>(c)]);
}

json render_views(const Options& options, const Scene& scene, const CameraFile& cameras,
                  const Environment& environment, json& seconds) {
  const fs::path out = options.get_path("out");
  const int threads = static_cast<int>(options.get_int("threads"));
  const ViewFiles files = files_of(options);
  Lap lap;
  const PathTracer tracer(scene, threads);
  seconds["build"] = lap.seconds();
  const Lighting light{&environment, turned_environment(options.get_double("hdri_rotation"),
                                                        *cameras.release_world_from_object)};
  RenderSettings settings = render_settings(options, threads);
  settings.exposure_stops += automatic_stops(options, environment);
  set_backdrop(options, settings);
  json views = json::array();
  double writing = 0;
  ViewWriter writer;
  for (std::size_t i = 0; i < cameras.views.size(); ++i) {
    settings.seed = mix64(static_cast<std::uint64_t>(options.get_int("seed")) + i);
    ImageF radiance = tracer.radiance(cameras.views[i], light, settings);
    Image8 rgba = develop(radiance, settings.exposure_stops, settings.view_transform);
    const ViewQuality quality = assess_view(rgba);
    views.push_back({{"seconds", lap.seconds()}, {"coverage", quality.coverage}, {"flags", quality.flags}});
    writer.start([&, i, radiance = std::move(radiance), rgba = std::move(rgba)] {
      const int view = static_cast<int>(i);
      write_view(out, view, files, tracer, cameras.views[i], radiance, rgba, threads);
      if (files.reference)
        write_reference_view(out, view, tracer, cameras.views[i], *cameras.release_world_from_object,
                             threads);
    });
    writing += lap.seconds();
  }
  writer.finish();
  seconds["waiting_for_files"] = writing + lap.seconds();
  return views;
}

void render(const Options& options) {
  check_denoiser(options);
  const CameraFile given = cameras_of(options);
  files_of(options);
  const std::vector<std::string> names = environment_names(options.get_paths("hdri"));
  if (names.size() != 1)
    throw UsageError("hdri: one environment is wanted, not " + std::to_string(names.size()));
  json seconds;
  Lap lap;
  EnvironmentCache environments;
  const Environment& environment = environments.load(names.front());
  seconds["environment"] = lap.seconds();
  Scene scene = import_asset(source_of(options));
  CameraFile cameras = given;
  if (given.normalized_from_asset)
    normalize(scene, *given.normalized_from_asset);
  else
    cameras.normalized_from_asset = normalize(scene);
  seconds["import"] = lap.seconds();
  const fs::path out = options.get_path("out");
  json report{{"asset", asset_report(scene)}};
  report["views"] = render_views(options, scene, cameras, environment, seconds);
  report["seconds"] = seconds;
  write_artifact(cameras_path(out), [&](const fs::path& file) { write_camera_file(file, cameras); });
  const std::string text = json_text(report, 1) + "\n";
  write_artifact(out / "report.json", text);
  std::cout << text;
}

Options parse(int argc, char** argv, bool& help) {
  const OptionTable table = one_file_options();
  const CommandLine command = parse_command_line(argc, argv, table);
  help = command.help;
  Options options(table);
  options.set_workspace(fs::current_path());
  for (const auto& [name, value] : command.options)
    options.set(name, value, Options::Source::kCommandLine, "command line");
  if (!help && options.get_string("out").empty()) throw UsageError("command line: --out DIR is missing");
  return options;
}

}  // namespace

bool asks_for_one_file(int argc, char** argv) {
  return std::any_of(argv, argv + argc, [](const char* argument) {
    return std::string_view(argument) == "--file" || std::string_view(argument).starts_with("--file=");
  });
}

int render_one_file(int argc, char** argv) {
  try {
    bool help = false;
    const Options options = parse(argc, argv, help);
    if (help)
      print_help(one_file_options());
    else
      render(options);
    return 0;
  } catch (const UsageError& error) {
    std::cerr << "funcorr-render: " << error.what() << '\n';
    return 2;
  } catch (const EnvironmentError& error) {
    std::cerr << "funcorr-render: " << error.what() << '\n';
    return 3;
  } catch (const ImportError& error) {
    std::cerr << "funcorr-render: rejected (" << error.kind << "): " << error.what() << '\n';
    return 1;
  } catch (const std::exception& error) {
    std::cerr << "funcorr-render: " << error.what() << '\n';
    return 1;
  }
}

}  // namespace funcorr
