#include <cmath>

#include "tools/sample_objects/families.h"
#include "tools/sample_objects/finish.h"
#include "tools/sample_objects/function_frame.h"
#include "tools/sample_objects/shapes.h"

namespace funcorr {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr Vec3d kX{1, 0, 0}, kY{0, 1, 0}, kZ{0, 0, 1};

// Sections along an arc in the xy plane; angles in radians from +x towards +y.
void append_arc(std::vector<TubeSection>& sections, const Vec3d& centre, double radius, double from,
                double to, int steps, double start_thickness, double end_thickness, int part) {
  for (int i = 0; i <= steps; ++i) {
    const double t = static_cast<double>(i) / steps, angle = mix(from, to, t);
    const double thickness = mix(start_thickness, end_thickness, t);
    sections.push_back(
        {centre + Vec3d{radius * std::cos(angle), radius * std::sin(angle), 0}, thickness, thickness, part});
  }
}

// A wall hook: plate at the back (−x), shank out of it and down, curve, tip up.
SampleObject hook(Random& random) {
  SampleObject object("hook");
  const Finish metal = metal_finish(random), base = grip_finish(random);
  const int steel = object.add_material(metal.material);
  const int shank = object.add_part("shank", steel), curve = object.add_part("curve core", steel),
            tip = object.add_part("tip", steel);
  const double r = uniform(random, 0.016, 0.026), thick = r * uniform(random, 0.2, 0.3);
  const double tall = r * uniform(random, 1.4, 2.4), over = uniform(random, 0.1, 0.6);
  std::vector<TubeSection> sections{{{-r - 0.5 * r, tall + 0.3 * r, 0}, 1.05 * thick, 1.05 * thick, shank},
                                    {{-r - 0.1 * r, tall, 0}, 1.05 * thick, 1.05 * thick, shank},
                                    {{-r, 0.5 * tall, 0}, thick, thick, shank}};
  append_arc(sections, {0, 0, 0}, r, kPi, 2 * kPi + 0.15, 16, thick, 0.85 * thick, curve);
  const double tip_length = r * uniform(random, 0.5, 0.9);
  const Vec3d last = sections.back().centre, along = normalized(Vec3d{0.35 * over - 0.1, 1, 0});
  sections.back().part = tip;
  for (const auto& [t, size] : {std::pair{0.35, 0.75}, {0.7, 0.55}, {0.93, 0.35}, {1.0, 0.12}})
    sections.push_back({last + along * (tip_length * t), size * thick, size * thick, tip});
  add_tube(object, sections, {.up = kZ, .sides = 14});
  const int plate = object.add_part("base", object.add_material(base.material));
  const double half_height = r * uniform(random, 1.1, 1.7), half_width = r * uniform(random, 0.6, 1.2);
  add_sheet(
      object, 10, 10,
      [&](double u, double v, int side) {
        const Vec2d d = disc_from_square(u, v);
        return Vec3d{-1.55 * r + (side > 0 ? 0.12 * r : 0.0), tall + 0.2 * r + half_height * d.x,
                     half_width * d.y * (1 + 0.2 * d.x)};
      },
      [&](double, double, int) { return plate; });
  object.part_aliases["curve"] = {"curve core"};
  const Vec3d point = sections.back().centre;
  const Transform bearing = function_frame({0, 0, 0}, -kY, kZ, r - thick);
  object.functions = {{"hang-onto", {{"curve"}, bearing}},
                      {"pull-with", {{"curve"}, bearing}},
                      {"pierce-with", {{"tip"}, function_frame(point, along, kX, tip_length)}},
                      {"scrape-with", {{"tip"}, function_frame(point, along, kX, tip_length)}}};
  object.caption = "a wall hook of " + metal.words;
  return object;
}

SampleObject coat_hanger(Random& random) {
  SampleObject object("coat hanger");
  const Finish metal = metal_finish(random), body = grip_finish(random);
  const int steel = object.add_material(metal.material), wood = object.add_material(body.material);
  const int loop = object.add_part("hook", steel), arms = object.add_part("arms", wood),
            left = object.add_part("left end", wood), right = object.add_part("right end", wood),
            bar = object.add_part("bar", steel);
  const double r = uniform(random, 0.022, 0.03), neck = uniform(random, 0.03, 0.05);
  const double half_span = uniform(random, 0.19, 0.23), drop = uniform(random, 0.06, 0.1);
  const double wire = uniform(random, 0.0022, 0.003), thick = uniform(random, 0.006, 0.011);
  std::vector<TubeSection> sections{{{0, -neck - r, 0}, wire, wire, loop},
                                    {{0, -1.1 * r, 0}, wire, wire, loop}};
  append_arc(sections, {0, 0, 0}, r, -0.5 * kPi + 0.25, kPi * uniform(random, 0.95, 1.1), 18, wire, wire,
             loop);
  add_tube(object, sections, {.up = kZ, .sides = 10});
  std::vector<TubeSection> shoulders;
  const double forward = uniform(random, 0.0, 0.03), sag = uniform(random, 0.8, 1.6);
  for (int i = 0; i <= 24; ++i) {
    const double s = i / 12.0 - 1, out = std::abs(s);
    const double half = thick * mix(1, 0.65, out);
    shoulders.push_back({{half_span * s, -neck - r - drop * std::pow(out, sag), forward * s * s},
                         half * 1.2,
                         half,
                         out > 0.86 ? (s < 0 ? left : right) : arms});
  }
  shoulders[22].part = right;
  add_tube(object, shoulders, {.up = kY, .sides = 14, .squareness = 2.6});
  const double low = -neck - r - drop * std::pow(0.8, sag);
  add_tube(object,
           {{{-0.8 * half_span, low, 0.64 * forward}, wire, wire, bar},
            {{0, low - 0.004, 0.64 * forward}, wire, wire, bar},
            {{0.8 * half_span, low, 0.64 * forward}, wire, wire, bar}},
           {.up = kY, .sides = 8});
  object.part_aliases["ends"] = {"left end", "right end"};
  const Transform bearing = function_frame({0, 0, 0}, kY, kZ, r - wire);
  const Vec3d end = shoulders.back().centre, out = normalized(end - shoulders[22].centre);
  object.functions = {{"hang-onto", {{"hook"}, bearing}},
                      {"pull-with", {{"hook"}, bearing}},
                      {"poke-with", {{"right end"}, function_frame(end, out, kY, 0.14 * half_span)}}};
  object.caption = "a " + body.words + " coat hanger";
  return object;
}

}  // namespace

std::vector<SampleFamily> hook_families() { return {{"hook", hook}, {"coat hanger", coat_hanger}}; }

}  // namespace funcorr
