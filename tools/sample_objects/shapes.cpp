#include "tools/sample_objects/shapes.h"

#include <algorithm>
#include <cmath>

namespace funcorr {
namespace {

constexpr double kPi = 3.14159265358979323846;

struct PartTriangle {
  int part;
  SampleTriangle triangle;
};

struct Corner {
  Vec3d position;
  Vec2d uv;
};

// Collects a closed surface, then appends it to the object's parts with its outside out.
class ClosedSurface {
 public:
  void add_triangle(int part, const Corner& a, const Corner& b, const Corner& c) {
    triangles_.push_back({part, {{a.position, b.position, c.position}, {a.uv, b.uv, c.uv}}});
  }
  void add_quad(int part, const Corner& a, const Corner& b, const Corner& c, const Corner& d) {
    add_triangle(part, a, b, c);
    add_triangle(part, a, c, d);
  }
  void append_to(SampleObject& object) {
    double six_volumes = 0;
    for (const PartTriangle& t : triangles_)
      six_volumes += dot(t.triangle.position[0], cross(t.triangle.position[1], t.triangle.position[2]));
    for (PartTriangle& t : triangles_) {
      if (six_volumes < 0) {
        std::swap(t.triangle.position[1], t.triangle.position[2]);
        std::swap(t.triangle.uv[1], t.triangle.uv[2]);
      }
      object.parts[static_cast<std::size_t>(t.part)].triangles.push_back(t.triangle);
    }
  }

 private:
  std::vector<PartTriangle> triangles_;
};

// One ring of a tube; the corner at index `sides` repeats the first with uv.x = 1.
struct Ring {
  std::vector<Corner> corners;
  Vec3d centre;
  int part;
};

Vec3d tangent_at(const std::vector<TubeSection>& sections, std::size_t i) {
  const std::size_t before = i == 0 ? 0 : i - 1;
  const std::size_t after = std::min(i + 1, sections.size() - 1);
  return normalized(sections[after].centre - sections[before].centre);
}

Ring make_ring(const std::vector<TubeSection>& sections, std::size_t i, const TubeOptions& options,
               double inset, double along) {
  const TubeSection& section = sections[i];
  const Vec3d tangent = tangent_at(sections, i);
  const Vec3d side = normalized(cross(tangent, options.up));
  const Vec3d up = cross(side, tangent);
  Ring ring{{}, section.centre, section.part};
  for (int s = 0; s <= options.sides; ++s) {
    const double angle = s == options.sides ? 0 : 2 * kPi * s / options.sides;
    const double c = std::cos(angle), d = std::sin(angle);
    const double power = 2 / options.squareness;
    const double a = std::copysign(std::pow(std::abs(c), power), c) * (section.half_side - inset);
    const double b = std::copysign(std::pow(std::abs(d), power), d) * (section.half_up - inset);
    ring.corners.push_back(
        {section.centre + side * a + up * b, {static_cast<double>(s) / options.sides, along}});
  }
  return ring;
}

void cap(ClosedSurface& surface, const Ring& ring, int part, bool at_start) {
  Corner middle{{}, {0.5, ring.corners.front().uv.y}};
  for (std::size_t s = 0; s + 1 < ring.corners.size(); ++s) middle.position += ring.corners[s].position;
  middle.position *= 1.0 / static_cast<double>(ring.corners.size() - 1);
  for (std::size_t s = 0; s + 1 < ring.corners.size(); ++s) {
    if (at_start)
      surface.add_triangle(part, middle, ring.corners[s + 1], ring.corners[s]);
    else
      surface.add_triangle(part, middle, ring.corners[s], ring.corners[s + 1]);
  }
}

void join(ClosedSurface& surface, const Ring& a, const Ring& b, int part) {
  for (std::size_t s = 0; s + 1 < a.corners.size(); ++s)
    surface.add_quad(part, a.corners[s], a.corners[s + 1], b.corners[s + 1], b.corners[s]);
}

template <typename Point>
std::vector<Point> catmull_rom(const std::vector<Point>& controls, int per_span) {
  std::vector<Point> points;
  const std::size_t n = controls.size();
  for (std::size_t i = 0; i + 1 < n; ++i) {
    const Point& p1 = controls[i];
    const Point& p2 = controls[i + 1];
    const Point p0 = i == 0 ? p1 * 2.0 - p2 : controls[i - 1];
    const Point p3 = i + 2 == n ? p2 * 2.0 - p1 : controls[i + 2];
    for (int k = 0; k < per_span; ++k) {
      const double t = static_cast<double>(k) / per_span;
      const Point a = p1 * 2.0;
      const Point b = (p2 - p0) * t;
      Point c = p0 * 2.0;
      c += p1 * -5.0;
      c += p2 * 4.0;
      c += p3 * -1.0;
      Point d = p0 * -1.0;
      d += p1 * 3.0;
      d += p2 * -3.0;
      d += p3;
      Point sum = a;
      sum += b;
      sum += c * (t * t);
      sum += d * (t * t * t);
      points.push_back(sum * 0.5);
    }
  }
  points.push_back(controls.back());
  return points;
}

}  // namespace

void add_lathe(SampleObject& object, const std::vector<ProfilePoint>& profile, int segments, const Warp& warp,
               const PartAtAngle& part_at_angle) {
  double total = 0;
  std::vector<double> along{0};
  for (std::size_t i = 0; i + 1 < profile.size(); ++i) {
    total += std::hypot(profile[i + 1].radius - profile[i].radius, profile[i + 1].height - profile[i].height);
    along.push_back(total);
  }
  const auto corner = [&](std::size_t i, int s) {
    const double angle = s == segments ? 0 : 2 * kPi * s / segments;
    const Vec3d p{profile[i].radius * std::cos(angle), profile[i].height,
                  -profile[i].radius * std::sin(angle)};
    return Corner{warp ? warp(p) : p, {static_cast<double>(s) / segments, along[i] / total}};
  };
  ClosedSurface surface;
  const auto part_of = [&](int part, int s) {
    if (!part_at_angle) return part;
    const double angle = 2 * kPi * (s + 0.5) / segments;
    return part_at_angle(part, angle > kPi ? angle - 2 * kPi : angle);
  };
  for (std::size_t i = 0; i + 1 < profile.size(); ++i)
    for (int s = 0; s < segments; ++s)
      surface.add_quad(part_of(profile[i].part, s), corner(i, s), corner(i, s + 1), corner(i + 1, s + 1),
                       corner(i + 1, s));
  surface.append_to(object);
}

void add_tube(SampleObject& object, const std::vector<TubeSection>& sections, const TubeOptions& options) {
  ClosedSurface surface;
  std::vector<Ring> rings;
  for (std::size_t i = 0; i < sections.size(); ++i)
    rings.push_back(make_ring(sections, i, options, 0,
                              static_cast<double>(i) / static_cast<double>(sections.size() - 1)));
  cap(surface, rings.front(), rings.front().part, true);
  for (std::size_t i = 0; i + 1 < rings.size(); ++i) join(surface, rings[i], rings[i + 1], rings[i].part);
  Ring last = rings.back();
  for (int depth = 0; options.wall > 0 && depth <= options.bore; ++depth) {
    const std::size_t i = sections.size() - 1 - static_cast<std::size_t>(depth);
    Ring inner = make_ring(sections, i, options, options.wall, 1 - 0.1 * depth);
    join(surface, last, inner, sections[i].part);
    last = std::move(inner);
  }
  cap(surface, last, last.part, false);
  surface.append_to(object);
}

void add_sheet(SampleObject& object, int cells_u, int cells_v, const SheetPoint& point,
               const SheetPart& part) {
  const auto corner = [&](int i, int k, int side) {
    const double u = static_cast<double>(i) / cells_u, v = static_cast<double>(k) / cells_v;
    return Corner{point(u, v, side), {u, v}};
  };
  ClosedSurface surface;
  for (int i = 0; i < cells_u; ++i) {
    for (int k = 0; k < cells_v; ++k) {
      const double u = (i + 0.5) / cells_u, v = (k + 0.5) / cells_v;
      surface.add_quad(part(u, v, 1), corner(i, k, 1), corner(i + 1, k, 1), corner(i + 1, k + 1, 1),
                       corner(i, k + 1, 1));
      surface.add_quad(part(u, v, -1), corner(i, k, -1), corner(i, k + 1, -1), corner(i + 1, k + 1, -1),
                       corner(i + 1, k, -1));
    }
  }
  const auto border = [&](int i0, int k0, int i1, int k1) {
    const double u = 0.5 * (i0 + i1) / cells_u, v = 0.5 * (k0 + k1) / cells_v;
    surface.add_quad(part(u, v, 0), corner(i0, k0, 1), corner(i0, k0, -1), corner(i1, k1, -1),
                     corner(i1, k1, 1));
  };
  for (int i = 0; i < cells_u; ++i) {
    border(i, 0, i + 1, 0);
    border(i + 1, cells_v, i, cells_v);
  }
  for (int k = 0; k < cells_v; ++k) {
    border(0, k + 1, 0, k);
    border(cells_u, k, cells_u, k + 1);
  }
  surface.append_to(object);
}

void add_bristle(SampleObject& object, int part, const Vec3d& root, const Vec3d& tip, double root_radius,
                 double tip_radius, int sides) {
  const Vec3d axis = normalized(tip - root);
  const Vec3d up = std::abs(axis.y) < 0.9 ? Vec3d{0, 1, 0} : Vec3d{1, 0, 0};
  add_tube(object, {{root, root_radius, root_radius, part}, {tip, tip_radius, tip_radius, part}},
           {.up = up, .sides = sides});
}

std::vector<Vec3d> spline(const std::vector<Vec3d>& controls, int per_span) {
  return catmull_rom(controls, per_span);
}
std::vector<Vec2d> spline(const std::vector<Vec2d>& controls, int per_span) {
  return catmull_rom(controls, per_span);
}

Vec2d disc_from_square(double u, double v) {
  const double x = 2 * u - 1, y = 2 * v - 1;
  return {x * std::sqrt(1 - y * y / 2), y * std::sqrt(1 - x * x / 2)};
}

double mix(double a, double b, double t) { return a + (b - a) * t; }

double smooth_step(double a, double b, double x) {
  const double t = std::clamp((x - a) / (b - a), 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

}  // namespace funcorr
