#include <algorithm>
#include <cmath>

#include "tools/sample_objects/families.h"
#include "tools/sample_objects/finish.h"
#include "tools/sample_objects/function_frame.h"
#include "tools/sample_objects/shapes.h"
#include "tools/sample_objects/tool_parts.h"

namespace funcorr {
namespace {

constexpr Vec3d kX{1, 0, 0}, kY{0, 1, 0}, kZ{0, 0, 1};

// A round or oval dish at the end of a tool: centre, half-axes along x and z, depth below its rim's plane.
struct Dish {
  Vec3d centre;
  double half_length, half_width, depth, wall;
  double pointedness = 0;  // 0 oval … 0.5 egg-shaped, narrow in front
};
struct DishParts {
  int inside, rim, tip, outside;
};

void add_dish(SampleObject& object, const Dish& dish, const DishParts& parts) {
  add_sheet(
      object, 20, 20,
      [&](double u, double v, int side) {
        const Vec2d d = disc_from_square(u, v);
        const double radius_squared = d.x * d.x + d.y * d.y;
        const double z = d.y * dish.half_width * (1 - dish.pointedness * d.x);
        return dish.centre +
               Vec3d{d.x * dish.half_length, -dish.depth * (1 - radius_squared) + side * 0.5 * dish.wall, -z};
      },
      [&](double u, double v, int side) {
        const Vec2d d = disc_from_square(u, v);
        if (d.x > 0.86) return parts.tip;
        if (side == 0 || std::hypot(d.x, d.y) > 0.9) return parts.rim;
        return side > 0 ? parts.inside : parts.outside;
      });
}

SampleObject spoon(Random& random) {
  SampleObject object("spoon");
  const Finish finish = chance(random, 0.6) ? metal_finish(random) : wood_finish(random);
  const Finish grip = chance(random, 0.5) ? finish : grip_finish(random);
  const int head = object.add_material(finish.material), held = object.add_material(grip.material);
  const double half_width = uniform(random, 0.017, 0.026),
               half_length = half_width * uniform(random, 1.25, 1.7);
  const Dish dish{{0, 0, 0},  half_length,
                  half_width, half_width * uniform(random, 0.35, 0.6),
                  0.0018,     uniform(random, 0.0, 0.25)};
  const DishParts parts{object.add_part("bowl", head), object.add_part("rim", head),
                        object.add_part("tip", head), object.add_part("back", head)};
  add_dish(object, dish, parts);
  const double handle_length = uniform(random, 0.11, 0.17);
  add_grip(object, object.add_part("handle", held),
           {{-half_length * 0.93, -0.0005, 0},
            {-half_length - 0.25 * handle_length, 0.012, 0},
            {-half_length - 0.65 * handle_length, uniform(random, 0.01, 0.02), 0},
            {-half_length - handle_length, uniform(random, 0.0, 0.02), 0}},
           {0.0035, 0.0028, 0.005, uniform(random, 0.006, 0.01)}, uniform(random, 0.35, 0.6));
  object.part_aliases = {{"bowl", {"bowl", "rim", "tip", "back"}}, {"rim", {"rim", "tip"}}};

  const Vec3d front{half_length, 0, 0}, bottom{0, -dish.depth, 0};
  const Transform blade = function_frame(front, kX, kY, half_width);
  object.functions = {{"scoop-with", {{"rim"}, blade}},
                      {"lift-with", {{"bowl"}, blade}},
                      {"dig-with", {{"tip"}, blade}},
                      {"pry-with", {{"tip"}, blade}},
                      {"spread-with", {{"back"}, blade}},
                      {"scrape-with", {{"rim"}, function_frame(front, kX, kZ, half_width)}},
                      {"poke-with", {{"tip"}, function_frame(front, kX, kY, 0.3 * half_length)}},
                      {"mix-with", {{"bowl"}, function_frame(front, kX, kY, half_length)}},
                      {"press-with", {{"back"}, function_frame(bottom, -kY, kX, half_width)}},
                      {"pound-with", {{"back"}, function_frame(bottom, -kY, kX, half_width)}}};
  object.caption = "a " + finish.words + " spoon";
  return object;
}

SampleObject ladle(Random& random) {
  SampleObject object("ladle");
  const Finish finish = metal_finish(random), grip = grip_finish(random);
  const int head = object.add_material(finish.material), held = object.add_material(grip.material);
  const double r = uniform(random, 0.036, 0.05);
  const Dish dish{{0, 0, 0}, r * uniform(random, 0.95, 1.1), r, r * uniform(random, 0.7, 0.95), 0.002};
  const int side = object.add_part("side", head), rim = object.add_part("rim", head);
  add_dish(object, dish, {object.add_part("bowl", head), rim, rim, side});
  const double long_by = uniform(random, 0.2, 0.28), lean = uniform(random, 0.3, 0.7);
  const Vec3d root{-dish.half_length * 0.95, 0, 0};
  const Vec3d up{-std::sin(lean), std::cos(lean), 0};
  add_grip(object, object.add_part("neck", head),
           {root, root + up * (0.3 * long_by) + Vec3d{-0.008, 0, 0}, root + up * (0.6 * long_by)},
           {0.0045, 0.0035, 0.004}, 0.7);
  add_grip(object, object.add_part("handle", held),
           {root + up * (0.58 * long_by), root + up * (0.8 * long_by) + Vec3d{-0.006, 0, 0},
            root + up * long_by + Vec3d{uniform(random, -0.03, 0.0), 0, 0}},
           {0.006, 0.009, uniform(random, 0.006, 0.011)}, 0.7);
  object.part_aliases["bowl"] = {"bowl", "rim", "side"};

  const Vec3d front{dish.half_length, 0, 0}, bottom{0, -dish.depth, 0};
  object.functions = {{"scoop-with", {{"rim"}, function_frame(front, kX, kY, r)}},
                      {"pour-with", {{"rim"}, function_frame({0, 0, 0}, kX, kY, r)}},
                      {"mix-with", {{"bowl"}, function_frame(front, kX, kY, dish.half_length)}},
                      {"press-with", {{"bowl"}, function_frame(bottom, -kY, kX, r)}},
                      {"pound-with", {{"side"}, function_frame(bottom, -kY, kX, r)}}};
  object.caption = "a " + finish.words + " ladle with a " + grip.words + " handle";
  return object;
}

SampleObject fork(Random& random) {
  SampleObject object("fork");
  const Finish finish = metal_finish(random);
  const Finish grip = chance(random, 0.5) ? finish : grip_finish(random);
  const int metal = object.add_material(finish.material), held = object.add_material(grip.material);
  const int head = object.add_part("head", metal), tines = object.add_part("tines", metal),
            tip = object.add_part("tip", metal);
  const double half_width = uniform(random, 0.011, 0.016), palm = uniform(random, 0.016, 0.026);
  const double tine_length = uniform(random, 0.038, 0.055), curl = uniform(random, 0.004, 0.010);
  const int count = 3 + static_cast<int>(random.below(2));
  const double thickness = 0.0022;
  const double thinner = uniform(random, 0.25, 0.4);
  add_sheet(
      object, 10, 8,
      [&](double u, double v, int side) {
        const double width = half_width * mix(thinner, 1.0, smooth_step(0, 0.7, u));
        return Vec3d{-palm + palm * u, side * thickness / 2 - 0.003 * std::sin(3.14159 * u),
                     width * (1 - 2 * v)};
      },
      [&](double, double, int) { return head; });
  for (int i = 0; i < count; ++i) {
    const double z = half_width * (0.88 - 1.76 * i / (count - 1));
    std::vector<TubeSection> sections;
    for (int k = 0; k <= 10; ++k) {
      const double t = k / 10.0, radius = 0.0014 * (t < 0.8 ? 1 : mix(1, 0.25, (t - 0.8) / 0.2));
      sections.push_back(
          {{-0.002 + (tine_length + 0.002) * t, curl * t * t - 0.3 * curl * t, z * (1 - 0.06 * t)},
           0.8 * radius,
           radius * 1.1,
           t < 0.79 ? tines : tip});
    }
    add_tube(object, sections, {.up = kY, .sides = 8});
  }
  const double long_by = uniform(random, 0.10, 0.15);
  add_grip(object, object.add_part("neck", metal),
           {{-palm + 0.002, 0, 0}, {-palm - 0.2 * long_by, 0.006, 0}, {-palm - 0.42 * long_by, 0.009, 0}},
           {0.0035, 0.0024, 0.003}, 0.7);
  add_grip(object, object.add_part("handle", held),
           {{-palm - 0.4 * long_by, 0.009, 0},
            {-palm - 0.75 * long_by, 0.009, 0},
            {-palm - long_by, uniform(random, 0.0, 0.009), 0}},
           {0.0035, 0.006, uniform(random, 0.006, 0.009)}, uniform(random, 0.4, 0.7));
  object.part_aliases = {{"tines", {"tines", "tip"}}, {"edge", {"tines"}}, {"shaft", {"neck"}}};

  const Vec3d front{tine_length, 0.7 * curl, 0};
  const Transform blade = function_frame(front, kX, kY, half_width);
  const Transform edge = function_frame(front, kX, kZ, half_width);
  const Transform point = function_frame(front, kX, kY, 0.2 * tine_length);
  object.functions = {{"dig-with", {{"tines"}, blade}},
                      {"lift-with", {{"tines"}, blade}},
                      {"pry-with", {{"tines"}, blade}},
                      {"scrape-with", {{"tines"}, edge}},
                      {"sweep-with", {{"tines"}, edge}},
                      {"pierce-with", {{"tip"}, point}},
                      {"poke-with", {{"tip"}, point}},
                      {"mix-with", {{"tines"}, function_frame(front, kX, kY, tine_length / 2)}}};
  object.caption = "a " + finish.words + " fork with " + std::to_string(count) + " tines";
  return object;
}

SampleObject knife(Random& random) {
  SampleObject object("knife");
  const Finish steel = metal_finish(random), grip = grip_finish(random);
  const int metal = object.add_material(steel.material);
  const CuttingBlade blade{.length = uniform(random, 0.11, 0.19),
                           .height = uniform(random, 0.022, 0.042),
                           .thickness = uniform(random, 0.0022, 0.0032),
                           .belly = uniform(random, 0.1, 0.5),
                           .drop = uniform(random, 0.1, 0.6)};
  const CuttingBladeParts parts{object.add_part("blade", metal), object.add_part("edge", metal),
                                object.add_part("spine", metal), object.add_part("tip", metal)};
  add_cutting_blade(object, blade, parts);
  const double long_by = uniform(random, 0.085, 0.12), h = blade.height;
  add_grip(object, object.add_part("handle", object.add_material(grip.material)),
           {{0.004, 0, 0},
            {-0.3 * long_by, uniform(random, -0.003, 0.001), 0},
            {-0.7 * long_by, -0.003, 0},
            {-long_by, uniform(random, -0.012, 0.0), 0}},
           {0.28 * h, 0.33 * h, 0.3 * h, uniform(random, 0.3, 0.42) * h}, uniform(random, 0.5, 0.75), kZ);
  object.part_aliases = {{"blade", {"blade", "edge", "spine", "tip"}}, {"back", {"spine"}}};

  const Transform cut = cutting_edge_frame(blade);
  const Transform flat = function_frame(blade_tip(blade), kX, kZ, blade.height / 2);
  const Transform point = function_frame(blade_tip(blade), kX, kY, 0.15 * blade.length);
  object.functions = {{"cut-with", {{"edge"}, cut}},
                      {"scrape-with", {{"edge"}, cut}},
                      {"peel-with", {{"edge"}, cut}},
                      {"pierce-with", {{"tip"}, point}},
                      {"dig-with", {{"tip"}, flat}},
                      {"pry-with", {{"tip"}, flat}},
                      {"lift-with", {{"blade"}, flat}},
                      {"spread-with", {{"blade"}, flat}},
                      {"mix-with", {{"blade"}, function_frame(blade_tip(blade), kX, kY, blade.length / 2)}}};
  object.caption = "a " + steel.words + " knife with a " + grip.words + " handle";
  return object;
}

SampleObject spatula(Random& random) {
  SampleObject object("spatula");
  const Finish finish = chance(random, 0.6) ? metal_finish(random) : plastic_finish(random);
  const Finish grip = grip_finish(random);
  const int head = object.add_material(finish.material), held = object.add_material(grip.material);
  const double length = uniform(random, 0.08, 0.12), half_width = uniform(random, 0.03, 0.045);
  const double narrowing = uniform(random, 0.65, 0.9), skew = uniform(random, -0.12, 0.12);
  const double lift = uniform(random, 0.0, 0.008), round = uniform(random, 0.0, 0.12);
  const int blade = object.add_part("blade", head), edge = object.add_part("edge", head);
  add_sheet(
      object, 16, 12,
      [&](double u, double v, int side) {
        const double s = 1 - 2 * v, width = half_width * mix(narrowing, 1, smooth_step(0, 0.6, u));
        const double x = -length + length * u * (1 + skew * s - round * s * s);
        const double thickness = 0.0018 * mix(1, 0.35, smooth_step(0.85, 1, u));
        return Vec3d{x, side * thickness / 2 + lift * (1 - u) * (1 - u) + 0.03 * s * s * half_width,
                     s * width};
      },
      [&](double u, double, int) { return u > 0.88 ? edge : blade; });
  const double long_by = uniform(random, 0.16, 0.22), rise = uniform(random, 0.03, 0.06);
  const double y = lift;
  add_grip(object, object.add_part("neck", head),
           {{-length + 0.012, y, 0},
            {-length - 0.12 * long_by, y + 0.25 * rise, 0},
            {-length - 0.45 * long_by, y + 0.9 * rise, 0}},
           {0.006, 0.005, 0.005}, 0.5);
  add_grip(object, object.add_part("handle", held),
           {{-length - 0.42 * long_by, y + 0.88 * rise, 0},
            {-length - 0.75 * long_by, y + 1.2 * rise, 0},
            {-length - long_by, y + uniform(random, 1.1, 1.4) * rise, 0}},
           {0.007, 0.010, uniform(random, 0.008, 0.013)}, uniform(random, 0.5, 0.8));
  object.part_aliases = {{"blade", {"blade", "edge"}}, {"head", {"blade", "edge"}}, {"tip", {"edge"}}};

  const Vec3d front{0, 0, 0}, middle{-length / 2, 0, 0};
  const Transform carry = function_frame(front, kX, kY, half_width);
  const Transform edge_frame = function_frame(front, kX, kZ, half_width);
  const Transform face = function_frame(middle, -kY, kX, half_width);
  object.functions = {{"lift-with", {{"blade"}, carry}},
                      {"pry-with", {{"tip"}, carry}},
                      {"spread-with", {{"blade"}, carry}},
                      {"cut-with", {{"edge"}, edge_frame}},
                      {"scrape-with", {{"edge"}, edge_frame}},
                      {"wedge-with", {{"edge"}, edge_frame}},
                      {"sweep-with", {{"blade"}, edge_frame}},
                      {"press-with", {{"blade"}, face}},
                      {"pound-with", {{"head"}, face}},
                      {"mix-with", {{"blade"}, function_frame(front, kX, kY, length / 2)}}};
  object.caption = "a " + finish.words + " spatula with a " + grip.words + " handle";
  return object;
}

// Shovels and trowels: a dished blade with a pointed or square front.
struct DiggingBlade {
  double length, half_width, dish, pointed;  // metres; pointed 0 square … 1 pointed
};
void add_digging_blade(SampleObject& object, const DiggingBlade& blade, int material) {
  const int scoop = object.add_part("scoop", material), back = object.add_part("back", material),
            edge = object.add_part("edge", material), tip = object.add_part("tip", material);
  const double thickness = 0.02 * blade.half_width;
  add_sheet(
      object, 20, 16,
      [&](double u, double v, int side) {
        const double s = 1 - 2 * v;
        const double front = 1 - blade.pointed * 0.45 * s * s;
        const double width = blade.half_width * mix(0.85, 1.0, smooth_step(0, 0.5, u));
        const double dish = blade.dish * (s * s + 0.35 * (1 - u) * (1 - u));
        return Vec3d{-blade.length + blade.length * u * front, dish + side * thickness / 2, s * width};
      },
      [&](double u, double v, int side) {
        if (u > 0.85) return tip;
        if (side == 0 || v < 0.06 || v > 0.94) return edge;
        return side > 0 ? scoop : back;
      });
  object.part_aliases["blade"] = {"scoop", "back", "edge", "tip"};
}

void add_digging_functions(SampleObject& object, const DiggingBlade& blade) {
  const Transform carry = function_frame({0, 0, 0}, kX, kY, blade.half_width);
  object.functions = {{"dig-with", {{"tip"}, carry}},
                      {"scoop-with", {{"scoop"}, carry}},
                      {"lift-with", {{"scoop"}, carry}},
                      {"scrape-with", {{"edge"}, function_frame({0, 0, 0}, kX, kZ, blade.half_width)}},
                      {"sweep-with", {{"blade"}, function_frame({0, 0, 0}, kX, kZ, blade.half_width)}}};
}

SampleObject shovel(Random& random) {
  SampleObject object("shovel");
  const Finish steel = metal_finish(random), grip = grip_finish(random);
  const int metal = object.add_material(steel.material), wood = object.add_material(grip.material);
  const double half_width = uniform(random, 0.09, 0.13);
  const DiggingBlade blade{half_width * uniform(random, 2.1, 2.8), half_width,
                           half_width * uniform(random, 0.15, 0.35), uniform(random, 0.1, 1)};
  add_digging_blade(object, blade, metal);
  const double length = uniform(random, 0.5, 0.75), rise = uniform(random, 0.05, 0.16);
  const double y = 0.35 * blade.dish, x = -blade.length;
  add_grip(object, object.add_part("socket", metal),
           {{x + 0.2 * blade.length, 0.3 * y, 0}, {x, y, 0}, {x - 0.1, y + 0.2 * rise, 0}},
           {0.012, 0.019, 0.018}, 1);
  add_grip(
      object, object.add_part("shaft", wood),
      {{x - 0.08, y + 0.16 * rise, 0}, {x - 0.5 * length, y + 0.75 * rise, 0}, {x - length, y + rise, 0}},
      {0.015, 0.015, 0.014}, 1);
  const double cross = uniform(random, 0.045, 0.07);
  add_grip(object, object.add_part("handle", chance(random, 0.5) ? metal : wood),
           {{x - length, y + rise, -cross}, {x - length - 0.006, y + rise, 0}, {x - length, y + rise, cross}},
           {0.014, 0.018, 0.014}, 1);
  add_digging_functions(object, blade);
  object.functions["pry-with"] = {{"tip"}, object.functions["dig-with"].object_from_function};
  object.functions["pound-with"] = {{"back"},
                                    function_frame({-blade.length / 2, 0, 0}, -kY, kX, blade.half_width)};
  object.caption = "a " + steel.words + " shovel with a " + grip.words + " shaft";
  return object;
}

SampleObject trowel(Random& random) {
  SampleObject object("trowel");
  const Finish steel = metal_finish(random), grip = grip_finish(random);
  const int metal = object.add_material(steel.material), held = object.add_material(grip.material);
  const double half_width = uniform(random, 0.03, 0.042);
  const DiggingBlade blade{half_width * uniform(random, 2.8, 3.8), half_width,
                           half_width * uniform(random, 0.2, 0.5), uniform(random, 0.6, 1)};
  add_digging_blade(object, blade, metal);
  const double y = 0.35 * blade.dish, x = -blade.length, rise = uniform(random, 0.015, 0.035);
  add_grip(object, object.add_part("neck", metal),
           {{x + 0.1 * blade.length, 0.6 * y, 0}, {x - 0.015, y, 0}, {x - 0.05, y + rise, 0}},
           {0.007, 0.006, 0.006}, 1);
  const double length = uniform(random, 0.09, 0.13);
  add_grip(object, object.add_part("handle", held),
           {{x - 0.045, y + rise, 0},
            {x - 0.045 - 0.35 * length, y + rise, 0},
            {x - 0.045 - 0.75 * length, y + rise, 0},
            {x - 0.045 - length, y + rise - 0.003, 0}},
           {0.009, 0.014, uniform(random, 0.011, 0.014), 0.012}, uniform(random, 0.8, 1));
  add_digging_functions(object, blade);
  object.functions["spread-with"] = {{"blade"}, object.functions["dig-with"].object_from_function};
  object.caption = "a " + steel.words + " trowel with a " + grip.words + " handle";
  return object;
}

}  // namespace

std::vector<SampleFamily> utensil_families() {
  return {{"spoon", spoon},     {"ladle", ladle},   {"fork", fork},    {"knife", knife},
          {"spatula", spatula}, {"shovel", shovel}, {"trowel", trowel}};
}

}  // namespace funcorr
