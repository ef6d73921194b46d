#include "render/integrator/coverage.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace funcorr {
namespace {

constexpr double kNearest = 1e-6;  // z-depth from which on projections are trusted
constexpr double kMargin = 0.02;   // pixels; rays are traced in float, against float vertices

struct Rectangle {  // of pixels, ends exclusive
  int x0, y0, x1, y1;
};

class Raster {
 public:
  Raster(int width, int height)
      : width_(width),
        height_(height),
        covered_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {}

  void draw(const std::array<Vec2d, 3>& corner) {
    const auto [low_x, high_x] = std::minmax({corner[0].x, corner[1].x, corner[2].x});
    const auto [low_y, high_y] = std::minmax({corner[0].y, corner[1].y, corner[2].y});
    const Rectangle box{pixel(low_x - kMargin, width_), pixel(low_y - kMargin, height_),
                        pixel(high_x + kMargin + 1, width_), pixel(high_y + kMargin + 1, height_)};
    const bool small = box.x1 - box.x0 <= 2 && box.y1 - box.y0 <= 2;
    for (int y = box.y0; y < box.y1; ++y)
      for (int x = box.x0; x < box.x1; ++x)
        if (small || touches(corner, x, y)) at(x, y) = 1;
  }

  std::vector<std::uint8_t> take() { return std::move(covered_); }
  void fill() { std::ranges::fill(covered_, std::uint8_t{1}); }

 private:
  static int pixel(double position, int size) {
    return static_cast<int>(std::clamp(std::floor(position), 0.0, static_cast<double>(size)));
  }
  std::uint8_t& at(int x, int y) {
    return covered_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
                    static_cast<std::size_t>(x)];
  }
  // Whether no edge of the triangle separates it from the pixel's square, grown by the margin.
  static bool touches(const std::array<Vec2d, 3>& corner, int x, int y) {
    const auto area = [](const Vec2d& a, const Vec2d& b) { return a.x * b.y - a.y * b.x; };
    const double side = area(corner[1] - corner[0], corner[2] - corner[0]) < 0 ? -1 : 1;
    const double half = 0.5 + kMargin;
    for (std::size_t i = 0; i < 3; ++i) {
      const Vec2d edge = corner[(i + 1) % 3] - corner[i];
      const double reach = half * (std::abs(edge.x) + std::abs(edge.y));
      if (side * area(edge, Vec2d{x + 0.5, y + 0.5} - corner[i]) < -reach) return false;
    }
    return true;
  }

  int width_, height_;
  std::vector<std::uint8_t> covered_;
};

}  // namespace

std::vector<std::uint8_t> covered_pixels(const Camera& camera, const std::vector<Vec3d>& positions,
                                         const std::vector<std::array<std::uint32_t, 3>>& triangles) {
  std::vector<Vec3d> projected;
  projected.reserve(positions.size());
  for (const Vec3d& position : positions) projected.push_back(camera.project(position));
  Raster raster(camera.width, camera.height);
  for (const auto& triangle : triangles) {
    std::array<Vec2d, 3> corner;
    for (std::size_t i = 0; i < 3; ++i) {
      const Vec3d& p = projected[triangle[i]];
      if (!(p.z > kNearest)) {
        raster.fill();
        return raster.take();
      }
      corner[i] = {p.x, p.y};
    }
    raster.draw(corner);
  }
  return raster.take();
}

}  // namespace funcorr
