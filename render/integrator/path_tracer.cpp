#include "render/integrator/path_tracer.h"

#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include "render/integrator/camera_rays.h"
#include "render/integrator/coverage.h"
#include "render/integrator/film.h"
#include "render/integrator/path.h"
#include "render/integrator/sampler.h"

namespace funcorr {
namespace {

constexpr int kTile = 16;  // pixels
constexpr int kMostLayers = 256;

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

// Exposes the pixels of one tile.
class TileRenderer {
 public:
  TileRenderer(const Camera& camera, const PathSampler& paths, const RenderSettings& settings,
               const PixelFilter& filter, const std::vector<std::uint8_t>& covered)
      : camera_rays_(camera),
        width_(camera.width),
        paths_(paths),
        settings_(settings),
        filter_(filter),
        covered_(covered) {}

  FilmTile render(const Tile& tile) const {
    FilmTile film(filter_, tile.x0, tile.y0, tile.width, tile.height);
    for (int y = tile.y0; y < tile.y0 + tile.height; ++y)
      for (int x = tile.x0; x < tile.x0 + tile.width; ++x) {
        const bool covered = covered_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
                                      static_cast<std::size_t>(x)] != 0;
        if (covered || settings_.backdrop == Backdrop::kEnvironment)
          expose(film, x, y, covered);
        else
          film.skip_pixel(x, y, paths_.backdrop({}));
      }
    return film;
  }

 private:
  void expose(FilmTile& film, int x, int y, bool covered) const {
    PixelSampler sampler(settings_.seed, x, y, width_);
    const float spread = kFootprint * camera_rays_.pixel_width();
    for (int i = 0; i < settings_.samples; ++i) {
      sampler.start_sample(i);
      const Vec2f u = sampler.next_2d();
      const Ray ray = camera_rays_.through(x + static_cast<double>(u.x), y + static_cast<double>(u.y));
      film.add(u.x - 0.5F, u.y - 0.5F,
               covered ? paths_.trace(ray, spread, sampler) : paths_.backdrop(ray.direction));
    }
    film.finish_pixel(x, y);
  }

  CameraRays camera_rays_;
  int width_;
  const PathSampler& paths_;
  const RenderSettings& settings_;
  const PixelFilter& filter_;
  const std::vector<std::uint8_t>& covered_;
};

}  // namespace

PathTracer::PathTracer(const Scene& scene, int threads)
    : scene_(&scene), shader_(scene), rays_(scene.mesh, threads) {}

ImageF PathTracer::radiance(const Camera& camera, const Lighting& light,
                            const RenderSettings& settings) const {
  const PixelFilter filter(settings.filter_radius_px);
  const PathSampler paths(rays_, shader_, light, settings);
  const std::vector<std::uint8_t> covered =
      covered_pixels(camera, scene_->mesh.positions, scene_->mesh.triangles);
  const TileRenderer renderer(camera, paths, settings, filter, covered);
  const std::vector<Tile> tiles = tiles_of(camera.width, camera.height);
  std::vector<std::optional<FilmTile>> exposed(tiles.size());
  tbb::task_arena arena(settings.threads > 0 ? settings.threads : tbb::task_arena::automatic);
  arena.execute([&] {
    tbb::parallel_for(std::size_t{0}, tiles.size(),
                      [&](std::size_t i) { exposed[i] = renderer.render(tiles[i]); });
  });
  Film film(camera.width, camera.height);
  for (const std::optional<FilmTile>& tile : exposed) film.add(*tile);
  return film.radiance();
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
