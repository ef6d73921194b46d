#include <chrono>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include <nlohmann/json.hpp>

#include "render/camera.h"
#include "render/geometry/sampling.h"
#include "render/integrator/path_tracer.h"
#include "render/visibility/visible_points.h"
#include "tools/bench/cases.h"

namespace funcorr {
namespace {

// A knobbly ring that hides parts of itself, of 2·side² triangles.
Scene ring(std::uint32_t side) {
  Scene scene;
  scene.materials.resize(1);
  const double turn = 2 * std::numbers::pi / side;
  for (std::uint32_t i = 0; i < side; ++i)
    for (std::uint32_t j = 0; j < side; ++j) {
      const double around = turn * i, across = turn * j;
      const double tube = 0.13 + 0.02 * std::sin(9 * around) * std::sin(5 * across);
      const double ring = 0.35 + tube * std::cos(across);
      scene.mesh.positions.push_back(
          {ring * std::cos(around), tube * std::sin(across), ring * std::sin(around)});
    }
  const auto vertex = [side](std::uint32_t i, std::uint32_t j) { return i % side * side + j % side; };
  for (std::uint32_t i = 0; i < side; ++i)
    for (std::uint32_t j = 0; j < side; ++j) {
      scene.mesh.triangles.push_back({vertex(i, j), vertex(i, j + 1), vertex(i + 1, j + 1)});
      scene.mesh.triangles.push_back({vertex(i, j), vertex(i + 1, j + 1), vertex(i + 1, j)});
    }
  scene.mesh.triangle_material.assign(scene.mesh.triangles.size(), 0);
  scene.mesh.triangle_part.assign(scene.mesh.triangles.size(), -1);
  compute_smooth_normals(scene.mesh);
  return scene;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

// Surface points a second whose visibility in a view is decided exactly, without writing files. Parameters:
// "points" (default 100000), "views" (default 20), "size" in px (default 490), "side": 2·side² triangles
// (default 224), "threads" (default 0: all).
nlohmann::json bench_visibility(const nlohmann::json& parameters) {
  const auto count = parameters.value("points", std::size_t{100'000});
  const int views = parameters.value("views", 20), size = parameters.value("size", 490);
  const int threads = parameters.value("threads", 0);
  const Scene scene = ring(parameters.value("side", std::uint32_t{224}));

  const auto building = std::chrono::steady_clock::now();
  const PathTracer tracer(scene, threads);
  const double build_seconds = seconds_since(building);
  const auto sampling = std::chrono::steady_clock::now();
  const SurfacePoints points = sample_surface(scene.mesh, count, 1);
  const double sample_seconds = seconds_since(sampling);

  Image8 everywhere(size, size, 4);
  everywhere.pixels.assign(everywhere.pixels.size(), 255);
  std::size_t visible = 0;
  const auto start = std::chrono::steady_clock::now();
  for (const Camera& camera : training_cameras(views, size, 1))
    visible +=
        visible_points(tracer, camera, points.positions, points.triangles, everywhere, threads).ids.size();
  const double seconds = seconds_since(start);
  const double asked = static_cast<double>(count) * views;
  return {{"triangles", scene.mesh.triangles.size()},
          {"points", count},
          {"views", views},
          {"build_seconds", build_seconds},
          {"sampled_points_per_second", static_cast<double>(count) / sample_seconds},
          {"visible_share", static_cast<double>(visible) / asked},
          {"points_per_second", asked / seconds}};
}

}  // namespace funcorr
