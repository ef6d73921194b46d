#include "render/integrator/path_tracer.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include "render/film/denoise.h"
#include "render/film/film.h"
#include "render/integrator/camera_rays.h"
#include "render/integrator/coverage.h"
#include "render/integrator/path.h"
#include "render/integrator/sampler.h"

namespace funcorr {
namespace {

constexpr int kTile = 16;  // pixels
constexpr int kMostLayers = 256;
constexpr int kLeastAdaptiveSamples = 16;
constexpr double kMostOverMean = 64;
constexpr float kNoiseFloor = 0.03F;  // of the squared mean of RGB: noise in the dark counts less

// Textures are filtered by half a pixel's width: the samples of a pixel stand closer than the pixels do.
constexpr float kFootprint = 0.5F;

struct Tile {
  int x0, y0, width, height;
};

std::vector<Tile> tiles_of(int width, int height) {
  std::vector<Tile> tiles;
  for (int y = 0; y < height; y += kTile)
    for (int x = 0; x < width; x += kTile)
      tiles.push_back({x, y, std::min(kTile, width - x), std::min(kTile, height - y)});
  return tiles;
}

// Exposes one picture in rounds: at first every covered pixel alike, then the noisier ones more.
class Exposure {
 public:
  Exposure(const Camera& camera, const PathSampler& paths, const RenderSettings& settings,
           std::vector<std::uint8_t> covered)
      : camera_rays_(camera),
        width_(camera.width),
        height_(camera.height),
        paths_(paths),
        settings_(settings),
        filter_(settings.filter_radius_px),
        wanted_(covered.size()),
        covered_(std::move(covered)),
        arena_(settings.threads > 0 ? settings.threads : tbb::task_arena::automatic) {
    for (const Tile& tile : tiles_of(width_, height_))
      tiles_.emplace_back(filter_, tile.x0, tile.y0, tile.width, tile.height);
  }

  ImageF expose() {
    const int samples = settings_.samples;
    const bool adaptive = settings_.adaptive && samples >= kLeastAdaptiveSamples;
    std::ranges::fill(wanted_, adaptive ? samples / 4 : samples);
    expose_tiles();
    for (const int mean : {samples / 2, samples})
      if (adaptive) {
        distribute(mean);
        expose_tiles();
      }
    Film film(width_, height_);
    for (const FilmTile& tile : tiles_) film.add(tile);
    return film.radiance();
  }

 private:
  std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x);
  }

  void expose_tiles() {
    arena_.execute(
        [&] { tbb::parallel_for(std::size_t{0}, tiles_.size(), [&](std::size_t i) { expose(tiles_[i]); }); });
  }

  void expose(FilmTile& tile) const {
    for (int y = tile.y0(); y < tile.y0() + tile.height(); ++y)
      for (int x = tile.x0(); x < tile.x0() + tile.width(); ++x) {
        if (covered_[index(x, y)] != 0 || settings_.backdrop == Backdrop::kEnvironment)
          expose(tile, x, y);
        else
          tile.fill(x, y, paths_.backdrop({}));
      }
  }

  void expose(FilmTile& tile, int x, int y) const {
    PixelSampler sampler(settings_.seed, x, y, width_);
    const float spread = kFootprint * camera_rays_.pixel_width();
    const bool covered = covered_[index(x, y)] != 0;
    for (int i = tile.samples(x, y); i < wanted_[index(x, y)]; ++i) {
      sampler.start_sample(i);
      const Vec2f u = sampler.next_2d();
      const Ray ray = camera_rays_.through(x + static_cast<double>(u.x), y + static_cast<double>(u.y));
      tile.add(x, y, {u.x - 0.5F, u.y - 0.5F},
               covered ? paths_.trace(ray, spread, sampler) : paths_.backdrop(ray.direction));
    }
  }

  // Raises the wanted samples of noisy pixels until a covered pixel has `mean` of them on average.
  void distribute(int mean) {
    const std::vector<float> noise = relative_noise();
    double noise_sum = 0, budget = 0;
    for (std::size_t i = 0; i < noise.size(); ++i) {
      noise_sum += static_cast<double>(noise[i]);
      budget += covered_[i] * mean;
    }
    if (!(noise_sum > 0)) return;
    const auto missing = [&](std::size_t i) {
      const double fair = budget * static_cast<double>(noise[i]) / noise_sum;
      return std::max(0.0, std::min(fair, kMostOverMean * mean) - wanted_[i]);
    };
    double missing_sum = 0, spent = 0;
    for (std::size_t i = 0; i < noise.size(); ++i) {
      missing_sum += missing(i);
      spent += covered_[i] * wanted_[i];
    }
    if (!(missing_sum > 0)) return;
    const double share = std::min(1.0, (budget - spent) / missing_sum);
    for (std::size_t i = 0; i < noise.size(); ++i) wanted_[i] += static_cast<int>(share * missing(i) + 0.5);
  }

  // Standard deviation of each pixel's samples, averaged over its neighbours: of the colours relative to
  // their brightness, of alpha relative to 1. [height, width]
  std::vector<float> relative_noise() const {
    ImageF variance(width_, height_, 1), alpha_variance(width_, height_, 1), squared_mean(width_, height_, 1);
    for (const FilmTile& tile : tiles_)
      for (int y = tile.y0(); y < tile.y0() + tile.height(); ++y)
        for (int x = tile.x0(); x < tile.x0() + tile.width(); ++x) {
          const FilmTile::Statistics pixel = tile.statistics(x, y);
          *variance.at(x, y) = pixel.variance.x + pixel.variance.y + pixel.variance.z;
          *alpha_variance.at(x, y) = pixel.alpha_variance;
          *squared_mean.at(x, y) = dot(pixel.mean, pixel.mean);
        }
    std::vector<float> noise(variance.pixels.size());
    for (int y = 0; y < height_; ++y)
      for (int x = 0; x < width_; ++x) {
        float variances = 0, alpha_variances = 0, means = 0, count = 0;
        for (int v = std::max(0, y - 1); v <= std::min(height_ - 1, y + 1); ++v)
          for (int u = std::max(0, x - 1); u <= std::min(width_ - 1, x + 1); ++u) {
            variances += *variance.at(u, v);
            alpha_variances += *alpha_variance.at(u, v);
            means += *squared_mean.at(u, v);
            count += 1;
          }
        if (covered_[index(x, y)] != 0)
          noise[index(x, y)] = std::sqrt(variances / (means + kNoiseFloor * count) + alpha_variances / count);
      }
    return noise;
  }

  CameraRays camera_rays_;
  int width_, height_;
  const PathSampler& paths_;
  const RenderSettings& settings_;
  PixelFilter filter_;
  std::vector<int> wanted_;
  std::vector<std::uint8_t> covered_;
  tbb::task_arena arena_;
  std::vector<FilmTile> tiles_;
};

}  // namespace

PathTracer::PathTracer(const Scene& scene, int threads)
    : scene_(&scene), shader_(scene), rays_(scene.mesh, threads) {}

ImageF PathTracer::radiance(const Camera& camera, const Lighting& light,
                            const RenderSettings& settings) const {
  RenderSettings::options().check(settings);
  const PathSampler paths(rays_, shader_, light, settings);
  Exposure exposure(camera, paths, settings,
                    covered_pixels(camera, scene_->mesh.positions, scene_->mesh.triangles));
  ImageF image = exposure.expose();
  if (settings.denoise) denoise(image, settings.threads);
  return image;
}

bool PathTracer::intersect_opaque(Ray ray, RayHit& nearest) const {
  for (int layer = 0; layer < kMostLayers; ++layer) {
    if (!rays_.intersect(ray, nearest)) return false;
    if (!shader_.may_be_transparent(nearest.triangle) ||
        shader_.opacity(nearest.triangle, nearest.u, nearest.v) >= 0.5F)
      return true;
    ray.t_min = std::nextafter(nearest.t, ray.t_max);
  }
  return false;
}

}  // namespace funcorr
