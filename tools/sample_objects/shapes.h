#pragma once

#include <functional>
#include <vector>

#include "tools/sample_objects/sample_object.h"

namespace funcorr {

// Building blocks. Each appends triangles to parts of `object` (part = index from add_part), closed surfaces
// oriented outwards, with texture coordinates that run once around and once along.

// A point of a lathe's profile; `part` owns the band from this point to the next one.
struct ProfilePoint {
  double radius, height;  // metres
  int part;
};
using Warp = std::function<Vec3d(const Vec3d&)>;

// Part of a band of the profile at an angle about y (radians from +x towards −z, −π…π).
using PartAtAngle = std::function<int(int part, double angle)>;
// Turns the profile about the y axis. `warp` (optional) then moves each point, e.g. to pinch a spout;
// `part_at_angle` (optional) hands pieces of a band to another part.
void add_lathe(SampleObject& object, const std::vector<ProfilePoint>& profile, int segments,
               const Warp& warp = {}, const PartAtAngle& part_at_angle = {});

// A cross-section of a tube: superellipse with half-axes along `up` and along tangent × up.
struct TubeSection {
  Vec3d centre;
  double half_up, half_side;  // metres
  int part;                   // of the band to the next section
};
struct TubeOptions {
  Vec3d up{0, 1, 0};      // never parallel to the path
  int sides = 16;         // around
  double squareness = 2;  // exponent of the superellipse: 2 an ellipse, 6 nearly a box
  double wall = 0;  // > 0: the last end is open, with walls of this thickness going `bore` sections deep
  int bore = 0;
};
// Sweeps along the sections; both ends are capped unless hollow.
void add_tube(SampleObject& object, const std::vector<TubeSection>& sections, const TubeOptions& options);

// A sheet with two sides that meet along the border: point(u, v, side) with u, v in [0, 1], side +1 or −1;
// part(u, v, side) is asked at the middle of cells; side 0 is the strip that closes the border.
using SheetPoint = std::function<Vec3d(double u, double v, int side)>;
using SheetPart = std::function<int(double u, double v, int side)>;
void add_sheet(SampleObject& object, int cells_u, int cells_v, const SheetPoint& point,
               const SheetPart& part);

// A tapering bristle from root to tip with `sides` sides.
void add_bristle(SampleObject& object, int part, const Vec3d& root, const Vec3d& tip, double root_radius,
                 double tip_radius, int sides = 4);

// Points of a Catmull-Rom spline through the controls, `per_span` to a span, both ends included.
std::vector<Vec3d> spline(const std::vector<Vec3d>& controls, int per_span);
std::vector<Vec2d> spline(const std::vector<Vec2d>& controls, int per_span);

// Maps the unit square to the unit disc, [0,1]² → x² + y² ≤ 1, smoothly (for sheets with a round outline).
Vec2d disc_from_square(double u, double v);

double mix(double a, double b, double t);
// 0 below a, 1 above b, smooth between.
double smooth_step(double a, double b, double x);

}  // namespace funcorr
