#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include "render/camera.h"
#include "render/geometry/random.h"
#include "render/import/import.h"
#include "render/integrator/path_tracer.h"
#include "tools/bench/cases.h"
#include "tools/bench/peer.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kPeerSamples = 100, kViewsOfAsset = 49;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double peak_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// mean((x − ref)² / (ref² + 0.01)) over linear premultiplied RGB, all pixels.
double relative_error(const ImageF& image, const ImageF& reference) {
  double sum = 0;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < 3; ++c) {
        const auto found = static_cast<double>(image.at(x, y)[c]),
                   truth = static_cast<double>(reference.at(x, y)[c]);
        sum += (found - truth) * (found - truth) / (truth * truth + 0.01);
      }
  return sum / (3.0 * image.width * image.height);
}

double mean_radiance(const ImageF& image) {
  double sum = 0;
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    if (i % 4 < 3) sum += static_cast<double>(image.pixels[i]);
  return sum / static_cast<double>(image.pixels.size());
}

struct Workload {
  fs::path file, hdri, scratch;
  std::vector<Camera> cameras;
  std::vector<int> samples;
  int reference_samples = 0;
};

// Error and CPU seconds of a view at some number of samples, means over the views.
struct Point {
  int samples;
  double seconds, error;
};

json to_json(const std::vector<Point>& points) {
  json rows = json::array();
  for (const Point& point : points)
    rows.push_back(
        {{"samples", point.samples}, {"seconds_per_view", point.seconds}, {"relmse", point.error}});
  return rows;
}

// Seconds to reach an error: from the line through the logarithms of the two points around it, or nearest it.
double seconds_to_reach(double error, const std::vector<Point>& points) {
  std::size_t i = 1;
  while (i + 1 < points.size() && points[i].error > error) ++i;
  const Point &a = points[i - 1], &b = points[i];
  const double slope = std::log(b.seconds / a.seconds) / std::log(b.error / a.error);
  return a.seconds * std::pow(error / a.error, slope);
}

Point point_of_default(const std::vector<Point>& points) {
  for (const Point& point : points)
    if (point.samples == RenderSettings{}.samples) return point;
  throw std::invalid_argument("samples: the default, " + std::to_string(RenderSettings{}.samples) +
                              ", must be among them");
}

struct Ours {
  std::vector<Point> points;
  double import_seconds = 0, build_seconds = 0, adaptive_bias = 0, mean = 0;
  Transform normalized_from_asset;
};

Ours measure_ours(const Workload& work, const Environment& environment) {
  Ours ours;
  double start = cpu_seconds();
  Scene scene = import_asset({work.file.parent_path(), work.file.filename().string(), {}});
  ours.normalized_from_asset = normalize(scene);
  ours.import_seconds = cpu_seconds() - start;
  start = cpu_seconds();
  const PathTracer tracer(scene, 1);
  ours.build_seconds = cpu_seconds() - start;
  const Lighting light{&environment, release_world_from_object()};
  RenderSettings settings;
  settings.threads = 1;
  std::vector<ImageF> references;
  settings.samples = work.reference_samples;
  settings.adaptive = false;
  settings.seed = 1'000'000;
  for (const Camera& camera : work.cameras) references.push_back(tracer.radiance(camera, light, settings));
  settings.adaptive = true;
  const auto views = static_cast<double>(work.cameras.size());
  double reference_mean = 0, last_mean = 0;
  for (const int samples : work.samples) {
    Point point{samples, 0, 0};
    reference_mean = last_mean = 0;
    for (std::size_t i = 0; i < work.cameras.size(); ++i) {
      settings.samples = samples;
      settings.seed = i;
      start = cpu_seconds();
      const ImageF image = tracer.radiance(work.cameras[i], light, settings);
      point.seconds += (cpu_seconds() - start) / views;
      point.error += relative_error(image, references[i]) / views;
      reference_mean += mean_radiance(references[i]);
      last_mean += mean_radiance(image);
    }
    ours.points.push_back(point);
  }
  ours.adaptive_bias = last_mean / reference_mean - 1;
  ours.mean = reference_mean;
  return ours;
}

// Cycles' points; empty, with the reason under "skipped" of the report, where Blender does not answer.
json measure_peer(const Workload& work, const Ours& ours, const std::string& python) {
  CameraFile cameras{work.cameras, release_world_from_object(), ours.normalized_from_asset};
  write_camera_file(work.scratch / "cameras.json", cameras);
  const json job{{"file", fs::absolute(work.file).string()},
                 {"hdri", fs::absolute(work.hdri).string()},
                 {"cameras", (work.scratch / "cameras.json").string()},
                 {"samples", {kPeerSamples, work.reference_samples}},
                 {"out", work.scratch.string()},
                 {"threads", 1}};
  std::ofstream(work.scratch / "job.json") << job.dump();
  return run_peer_script(python, "render_peer.py", {(work.scratch / "job.json").string()},
                         "blender and python3-numpy");
}

ImageF load_peer(const Workload& work, int samples, std::size_t view) {
  const std::string name = std::to_string(samples) + "_" + std::to_string(view) + ".exr";
  return load_exr_channels(work.scratch / name, {"R", "G", "B", "A"});
}

json compare(const Workload& work, const Ours& ours, const json& peer) {
  double error = 0, mean = 0, seconds = 0;
  for (std::size_t i = 0; i < work.cameras.size(); ++i) {
    const ImageF reference = load_peer(work, work.reference_samples, i);
    error += relative_error(load_peer(work, kPeerSamples, i), reference) /
             static_cast<double>(work.cameras.size());
    mean += mean_radiance(reference);
  }
  // The first view of a run builds the scene; it counts as import.
  double first = 0;
  for (const json& view : peer.at("views"))
    if (view.at("samples") == kPeerSamples)
      (view.at("view") == 0 ? first : seconds) += view.at("cpu_seconds").get<double>();
  seconds /= static_cast<double>(work.cameras.size() - 1);
  const double equal = seconds_to_reach(error, ours.points);
  const Point at_default = point_of_default(ours.points);
  const double peer_asset = peer.at("start_seconds").get<double>() + peer.at("import_seconds").get<double>() +
                            std::max(0.0, first - seconds) + kViewsOfAsset * seconds;
  const double our_asset = ours.import_seconds + ours.build_seconds + kViewsOfAsset * at_default.seconds;
  return {{"cycles_seconds_per_view", seconds},
          {"cycles_relmse", error},
          {"our_seconds_to_equal_error", equal},
          {"times_faster_at_equal_error", seconds / equal},
          {"times_faster_for_49_views", peer_asset / our_asset},
          {"error_at_default_over_cycles", at_default.error / error},
          {"mean_radiance_ours_over_cycles", ours.mean / mean},
          {"cycles_peak_memory_mb", peer.at("peak_memory_mb")}};
}

json run_object(Workload work, const Environment& environment, const std::string& python) {
  const Ours ours = measure_ours(work, environment);
  json result{{"points", to_json(ours.points)},
              {"import_seconds", ours.import_seconds},
              {"build_seconds", ours.build_seconds},
              {"adaptive_bias", ours.adaptive_bias},
              {"peak_memory_mb", peak_memory_mb()}};
  if (python.empty()) return result;
  const json peer = measure_peer(work, ours, python);
  result.update(peer.contains("skipped") ? peer : compare(work, ours, peer));
  return result;
}

double geometric_mean(const json& results, const std::string& key) {
  double sum = 0;
  int count = 0;
  for (const auto& [name, result] : results.items())
    if (result.contains(key)) {
      sum += std::log(result.at(key).get<double>());
      ++count;
    }
  return count > 0 ? std::exp(sum / count) : 0;
}

}  // namespace

// The path tracer beside Cycles; render.md beside this file tells how. Parameters: "objects_folder",
// "objects" and "hdri" (paths below it), "size", "views" (2 or more), "samples", "reference_samples",
// "python" (empty: without Cycles), "scratch" (a folder that keeps Cycles' pictures; default: one that is
// removed).
json bench_render(const json& parameters) {
  const fs::path folder = parameters.value("objects_folder", std::string("../shared/objects"));
  const std::vector<std::string> standard{
      "meshes/teapot__polyhaven_pbr/teapot.glb",        "meshes/cup__polyhaven_pbr/cup.glb",
      "meshes/jar__polyhaven_pbr/sugar_jar.glb",        "meshes/scissors__gso/model.obj",
      "objaverse/9bc465a181f349908b95d030f541663a.glb", "objaverse/0290737f64b14b08b87faa644580f3a9.glb"};
  const fs::path hdri = folder / parameters.value("hdri", std::string("hdri/studio_small_03_1k.hdr"));
  const std::string kept = parameters.value("scratch", std::string());
  const fs::path scratch =
      kept.empty() ? fs::temp_directory_path() / ("funcorr-render-bench-" + std::to_string(getpid()))
                   : fs::path(kept);
  const auto views = parameters.value("views", 4);
  if (views < 2) throw std::invalid_argument("views: 2 or more; the first one of Cycles counts as its start");
  const Environment environment = load_environment(hdri.string());
  json results = json::object();
  for (const auto& name : parameters.value("objects", standard)) {
    std::fprintf(stderr, "  %s\n", name.c_str());
    const fs::path own = scratch / fs::path(name).parent_path().filename() / fs::path(name).stem();
    fs::create_directories(own);
    results[name] =
        run_object({folder / name, hdri, own, training_cameras(views, parameters.value("size", 490), 1),
                    parameters.value("samples", std::vector<int>{8, 16, 32, 64, 128}),
                    parameters.value("reference_samples", 4096)},
                   environment, parameters.value("python", std::string("/usr/bin/python3")));
  }
  if (kept.empty()) fs::remove_all(scratch);
  json means;
  for (const char* key :
       {"times_faster_at_equal_error", "times_faster_for_49_views", "error_at_default_over_cycles"})
    if (const double mean = geometric_mean(results, key); mean > 0) means[key] = mean;
  return {{"objects", results}, {"geometric_means", means}};
}

}  // namespace funcorr
