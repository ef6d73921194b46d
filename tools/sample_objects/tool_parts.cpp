#include "tools/sample_objects/tool_parts.h"

#include <cmath>

#include "tools/sample_objects/function_frame.h"
#include "tools/sample_objects/shapes.h"

namespace funcorr {
namespace {

double spine_height(const CuttingBlade& blade, double u) {
  return blade.height / 2 - blade.drop * 0.5 * blade.height * u * u * u;
}
double edge_height(const CuttingBlade& blade, double u) {
  return -blade.height / 2 + (0.15 + 0.45 * blade.belly) * blade.height * u * u * u * u;
}
// Both come together over the last tenth.
Vec2d outline(const CuttingBlade& blade, double u) {
  const double spine = spine_height(blade, u), edge = edge_height(blade, u);
  const double closing = smooth_step(0.85, 1.0, u) * 0.94;
  const double meet = mix(edge, spine, 0.6);
  return {mix(spine, meet, closing), mix(edge, meet, closing)};
}

}  // namespace

void add_grip(SampleObject& object, int part, const std::vector<Vec3d>& path,
              const std::vector<double>& radii, double flatness, const Vec3d& up) {
  constexpr int kPerSpan = 8;
  const std::vector<Vec3d> centres = spline(path, kPerSpan);
  std::vector<Vec2d> controls;
  for (const double r : radii) controls.push_back({r, 0});
  const std::vector<Vec2d> half = spline(controls, kPerSpan);
  std::vector<TubeSection> sections;
  for (std::size_t i = 0; i < centres.size(); ++i)
    sections.push_back({centres[i], half[i].x * flatness, half[i].x, part});
  // A rounded butt at the far end.
  const Vec3d outward = normalized(centres.back() - centres[centres.size() - 2]);
  const double end = half.back().x;
  sections.push_back({centres.back() + outward * (0.35 * end), 0.75 * end * flatness, 0.75 * end, part});
  sections.push_back({centres.back() + outward * (0.5 * end), 0.3 * end * flatness, 0.3 * end, part});
  add_tube(object, sections, {.up = up, .sides = 14, .squareness = 2.4});
}

void add_cutting_blade(SampleObject& object, const CuttingBlade& blade, const CuttingBladeParts& parts) {
  add_sheet(
      object, 28, 10,
      [&](double u, double v, int side) {
        const Vec2d heights = outline(blade, u);
        const double thinning = mix(1.0, 0.08, smooth_step(0.1, 1.0, v)) * mix(1.0, 0.5, u);
        return Vec3d{blade.length * u, mix(heights.x, heights.y, v), side * thinning * blade.thickness / 2};
      },
      [&](double u, double v, int) {
        if (u > 0.86) return parts.tip;
        if (v > 0.8) return parts.edge;
        return v < 0.1 ? parts.spine : parts.flat;
      });
}

Vec3d blade_tip(const CuttingBlade& blade) {
  const Vec2d heights = outline(blade, 1);
  return {blade.length, (heights.x + heights.y) / 2, 0};
}

Transform cutting_edge_frame(const CuttingBlade& blade) {
  return function_frame({blade.length / 2, outline(blade, 0.5).y, 0}, {0, -1, 0}, {1, 0, 0},
                        blade.length / 2);
}

}  // namespace funcorr
