#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include "db/format/descriptor.h"
#include "db/format/image.h"
#include "db/format/json.h"
#include "db/format/random.h"
#include "pipeline/child_process.h"
#include "render/camera.h"
#include "render/import/import.h"
#include "render/integrator/path_tracer.h"
#include "tools/bench/cases.h"
#include "tools/bench/peer.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kPeerSamples = 100, kViewsOfAsset = 49, kReplayedSamples = 16;

// On the clock and of CPU, all threads together.
struct Seconds {
  double clock = 0, cpu = 0;

  Seconds& operator+=(const Seconds& other) {
    clock += other.clock;
    cpu += other.cpu;
    return *this;
  }
  Seconds operator*(double factor) const { return {clock * factor, cpu * factor}; }
  Seconds operator-(const Seconds& other) const { return {clock - other.clock, cpu - other.cpu}; }
};

Seconds seconds_from_json(const json& object) {
  return {object.at("clock").get<double>(), object.at("cpu").get<double>()};
}

double cpu_seconds(const rusage& usage) {
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

rusage own_usage() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage;
}

// Seconds since it was made.
class Stopwatch {
 public:
  Seconds seconds() const {
    const std::chrono::duration<double> clock = std::chrono::steady_clock::now() - clock_;
    return {clock.count(), cpu_seconds(own_usage()) - cpu_};
  }

 private:
  std::chrono::steady_clock::time_point clock_ = std::chrono::steady_clock::now();
  double cpu_ = cpu_seconds(own_usage());
};

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

// The share of the object's pixels that stand out where nothing is bright: by more than half and by 0.3.
double speckle_share(const ImageF& image, const ImageF& reference) {
  std::int64_t speckles = 0, pixels = 0;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const float *found = image.at(x, y), *truth = reference.at(x, y);
      if (!(truth[3] > 0)) continue;
      ++pixels;
      for (int c = 0; c < 3; ++c)
        if (truth[c] < 0.9F && found[c] > 1.5F * truth[c] + 0.3F) {
          ++speckles;
          break;
        }
    }
  return pixels == 0 ? 0 : static_cast<double>(speckles) / static_cast<double>(pixels);
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
  int reference_samples = 0, size = 0, threads = 0;
};

// Errors and seconds of a view at some number of samples, means over the views.
struct Point {
  int samples = 0;
  Seconds seconds{};
  double error = 0, speckle_share = 0;
};

json to_json(const std::vector<Point>& points) {
  json rows = json::array();
  for (const Point& point : points)
    rows.push_back({{"samples", point.samples},
                    {"seconds_per_view", point.seconds.clock},
                    {"cpu_seconds_per_view", point.seconds.cpu},
                    {"relmse", point.error},
                    {"speckle_share", point.speckle_share}});
  return rows;
}

// CPU seconds to reach an error: from the line through the logarithms of the two points around it, or nearest
// it. Error that grows with time, by chance, counts as not falling.
double cpu_seconds_to_reach(double error, const std::vector<Point>& points) {
  std::size_t i = 1;
  while (i + 1 < points.size() && points[i].error > error) ++i;
  const Point &a = points[i - 1], &b = points[i];
  if (!(b.error < a.error)) return error >= a.error ? a.seconds.cpu : b.seconds.cpu;
  const double slope = std::log(b.seconds.cpu / a.seconds.cpu) / std::log(b.error / a.error);
  return a.seconds.cpu * std::pow(error / a.error, slope);
}

Point point_of_default(const std::vector<Point>& points) {
  for (const Point& point : points)
    if (point.samples == RenderSettings{}.samples) return point;
  throw std::invalid_argument("samples: the default, " + std::to_string(RenderSettings{}.samples) +
                              ", must be among them");
}

struct Ours {
  std::vector<Point> points;
  double adaptive_bias = 0, mean = 0, embree_share = 0;
  Transform normalized_from_asset;
};

// The share of a view's CPU time that Embree takes for the same rays, asked again one after another.
double embree_share(PathTracer& tracer, const Camera& camera, const Lighting& light) {
  RenderSettings settings;
  settings.threads = 1;
  settings.samples = kReplayedSamples;
  const Stopwatch rendering;
  tracer.radiance(camera, light, settings);
  const double whole = rendering.seconds().cpu;
  std::vector<LoggedRay> rays;
  tracer.rays().log_to(&rays);
  tracer.radiance(camera, light, settings);
  tracer.rays().log_to(nullptr);
  const Stopwatch replaying;
  RayHit hit;
  for (const LoggedRay& logged : rays)
    if (logged.any_hit)
      tracer.rays().occluded(logged.ray);
    else
      tracer.rays().intersect(logged.ray, hit);
  return replaying.seconds().cpu / whole;
}

std::string picture_name(int samples, std::size_t view) {
  return std::to_string(samples) + "_" + std::to_string(view) + ".exr";
}

// Rendered by an earlier run, or now.
ImageF own_reference(const Workload& work, std::size_t view, const PathTracer& tracer,
                     const Lighting& light) {
  const fs::path file = work.scratch / ("own_" + picture_name(work.reference_samples, view));
  const std::vector<std::string> channels{"R", "G", "B", "A"};
  if (fs::exists(file)) return load_exr_channels(file, channels);
  RenderSettings settings;
  settings.threads = work.threads;
  settings.samples = work.reference_samples;
  settings.adaptive = false;
  settings.seed = 1'000'000;
  ImageF reference = tracer.radiance(work.cameras[view], light, settings);
  save_exr(file, reference, channels, {});
  return reference;
}

Ours measure_ours(const Workload& work, const Environment& environment) {
  Ours ours;
  Scene scene = import_asset({work.file.parent_path(), work.file.filename().string(), {}});
  ours.normalized_from_asset = normalize(scene);
  PathTracer tracer(scene, work.threads);
  const Lighting light{&environment, release_world_from_object()};
  RenderSettings settings;
  settings.threads = work.threads;
  std::vector<ImageF> references;
  for (std::size_t i = 0; i < work.cameras.size(); ++i)
    references.push_back(own_reference(work, i, tracer, light));
  const auto views = static_cast<double>(work.cameras.size());
  double reference_mean = 0, last_mean = 0;
  for (const int samples : work.samples) {
    Point point{.samples = samples};
    reference_mean = last_mean = 0;
    for (std::size_t i = 0; i < work.cameras.size(); ++i) {
      settings.samples = samples;
      settings.seed = i;
      const Stopwatch rendering;
      const ImageF image = tracer.radiance(work.cameras[i], light, settings);
      point.seconds += rendering.seconds() * (1 / views);
      point.error += relative_error(image, references[i]) / views;
      point.speckle_share += speckle_share(image, references[i]) / views;
      reference_mean += mean_radiance(references[i]);
      last_mean += mean_radiance(image);
    }
    ours.points.push_back(point);
  }
  ours.adaptive_bias = last_mean / reference_mean - 1;
  ours.mean = reference_mean;
  ours.embree_share = embree_share(tracer, work.cameras.front(), light);
  return ours;
}

// A whole asset as a user renders it: a process of its own, from its start to its last file.
struct WholeAsset {
  Seconds seconds;
  double writing_share =
      0;  // of its time: waiting for channels, encoding and files, which run beside rendering
};

WholeAsset run_one_file(const Workload& work) {
  const fs::path program = fs::read_symlink("/proc/self/exe").parent_path() / "funcorr-render";
  const fs::path out = work.scratch / "asset";
  CameraFile cameras{training_cameras(kViewsOfAsset, work.size, 1), release_world_from_object(), {}};
  write_camera_file(work.scratch / "asset_cameras.json", cameras);
  const std::vector<std::string> words{"--file",    work.file.string(),
                                       "--hdri",    work.hdri.string(),
                                       "--cameras", (work.scratch / "asset_cameras.json").string(),
                                       "--threads", std::to_string(work.threads),
                                       "--out",     out.string()};
  const Descriptor nothing(open("/dev/null", O_WRONLY | O_CLOEXEC));
  const Stopwatch running;
  const ChildEnd end =
      ChildProcess(program, words, {.descriptors = {{nothing.get(), STDOUT_FILENO}}, .dies_with_us = SIGKILL})
          .wait();
  if (end.signal != 0 || end.exit_status != 0)
    throw std::runtime_error(program.string() + " failed on " + work.file.string());
  WholeAsset asset{{running.seconds().clock, cpu_seconds(end.usage)}};
  const json report = read_json(out / "report.json");
  asset.writing_share = report.at("seconds").at("waiting_for_files").get<double>() / asset.seconds.clock;
  return asset;
}

// Cycles' points; where Blender does not answer, the reason under "skipped".
json measure_peer(const Workload& work, const Ours& ours, const std::string& python) {
  CameraFile cameras{work.cameras, release_world_from_object(), ours.normalized_from_asset};
  write_camera_file(cameras_path(work.scratch), cameras);
  const json job{{"file", fs::absolute(work.file).string()},
                 {"hdri", fs::absolute(work.hdri).string()},
                 {"cameras", (cameras_path(work.scratch)).string()},
                 {"samples", kPeerSamples},
                 {"reference_samples", work.reference_samples},
                 {"out", work.scratch.string()},
                 {"threads", work.threads}};
  std::ofstream(work.scratch / "job.json") << job.dump();
  return run_peer_script(python, "render_peer.py", {(work.scratch / "job.json").string()},
                         "blender and python3-numpy");
}

ImageF load_peer(const Workload& work, int samples, std::size_t view) {
  return load_exr_channels(work.scratch / picture_name(samples, view), {"R", "G", "B", "A"});
}

// Seconds of Cycles for a view, and for a whole asset of 49: start, import, building the scene — what the
// first view takes more than the others — and views.
struct PeerSeconds {
  Seconds view, asset;
};

PeerSeconds peer_seconds(const json& peer, std::size_t views) {
  Seconds first, others;
  for (std::size_t i = 0; i < views; ++i)
    (i == 0 ? first : others) += seconds_from_json(peer.at("views").at(i));
  PeerSeconds seconds;
  seconds.view = others * (1 / static_cast<double>(views - 1));
  seconds.asset += seconds_from_json(peer.at("start"));
  seconds.asset += seconds_from_json(peer.at("import"));
  if (first.cpu > seconds.view.cpu) seconds.asset += first - seconds.view;
  seconds.asset += seconds.view * kViewsOfAsset;
  return seconds;
}

json compare(const Workload& work, const Ours& ours, const WholeAsset& asset, const json& peer) {
  double error = 0, mean = 0;
  for (std::size_t i = 0; i < work.cameras.size(); ++i) {
    const ImageF reference = load_peer(work, work.reference_samples, i);
    error += relative_error(load_peer(work, kPeerSamples, i), reference) /
             static_cast<double>(work.cameras.size());
    mean += mean_radiance(reference);
  }
  const PeerSeconds seconds = peer_seconds(peer, work.cameras.size());
  const double equal = cpu_seconds_to_reach(error, ours.points);
  return {{"cycles_seconds_per_view", seconds.view.clock},
          {"cycles_cpu_seconds_per_view", seconds.view.cpu},
          {"cycles_seconds_for_49_views", seconds.asset.clock},
          {"cycles_relmse", error},
          {"our_cpu_seconds_to_equal_error", equal},
          {"times_faster_at_equal_error", seconds.view.cpu / equal},
          {"times_faster_for_49_views", seconds.asset.clock / asset.seconds.clock},
          {"times_less_cpu_for_49_views", seconds.asset.cpu / asset.seconds.cpu},
          {"error_at_default_over_cycles", point_of_default(ours.points).error / error},
          {"mean_radiance_ours_over_cycles", ours.mean / mean},
          {"cycles_peak_memory_mb", peer.at("peak_memory_mb")}};
}

json run_object(const Workload& work, const Environment& environment, const std::string& python) {
  const Ours ours = measure_ours(work, environment);
  const WholeAsset asset = run_one_file(work);
  json result{{"points", to_json(ours.points)},
              {"seconds_for_49_views", asset.seconds.clock},
              {"cpu_seconds_for_49_views", asset.seconds.cpu},
              {"writing_share", asset.writing_share},
              {"embree_share", ours.embree_share},
              {"adaptive_bias", ours.adaptive_bias}};
  if (python.empty()) return result;
  const json peer = measure_peer(work, ours, python);
  result.update(peer.contains("skipped") ? peer : compare(work, ours, asset, peer));
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
// "threads" (of both renderers), "python" (empty: without Cycles), "scratch" (a folder that keeps all
// pictures, and whose references are used again; default: one that is removed).
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
  const auto views = parameters.value("views", 4), size = parameters.value("size", 490);
  if (views < 2) throw std::invalid_argument("views: 2 or more; the first one of Cycles counts as its start");
  const Environment environment = load_environment(hdri.string());
  json results = json::object();
  for (const auto& name : parameters.value("objects", standard)) {
    std::fprintf(stderr, "  %s\n", name.c_str());
    const fs::path own = scratch / fs::path(name).parent_path().filename() / fs::path(name).stem();
    fs::create_directories(own);
    results[name] =
        run_object({folder / name, hdri, own, training_cameras(views, size, 1),
                    parameters.value("samples", std::vector<int>{8, 16, 20, 32, 64, 128}),
                    parameters.value("reference_samples", 4096), size,
                    parameters.value("threads", static_cast<int>(std::thread::hardware_concurrency()))},
                   environment, parameters.value("python", std::string("/usr/bin/python3")));
  }
  if (kept.empty()) fs::remove_all(scratch);
  json means;
  for (const char* key : {"times_faster_at_equal_error", "times_faster_for_49_views",
                          "times_less_cpu_for_49_views", "error_at_default_over_cycles"})
    if (const double mean = geometric_mean(results, key); mean > 0) means[key] = mean;
  return {{"objects", results}, {"geometric_means", means}};
}

}  // namespace funcorr
