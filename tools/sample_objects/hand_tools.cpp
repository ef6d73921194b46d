#include <cmath>

#include "tools/sample_objects/families.h"
#include "tools/sample_objects/finish.h"
#include "tools/sample_objects/function_frame.h"
#include "tools/sample_objects/shapes.h"
#include "tools/sample_objects/tool_parts.h"

namespace funcorr {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr Vec3d kX{1, 0, 0}, kY{0, 1, 0}, kZ{0, 0, 1};

// A handle along −x from the origin, slightly bowed, as tools with a head across it have.
void add_tool_handle(SampleObject& object, int part, double length, double thickness, Random& random) {
  const double bow = uniform(random, -0.03, 0.03) * length;
  add_grip(object, part,
           {{0.01, 0, 0}, {-0.3 * length, bow, 0}, {-0.7 * length, 0.5 * bow, 0}, {-length, -bow, 0}},
           {0.75 * thickness, 0.7 * thickness, uniform(random, 0.95, 1.1) * thickness,
            uniform(random, 0.9, 1.15) * thickness},
           uniform(random, 1.1, 1.5));
}

SampleObject hammer(Random& random) {
  SampleObject object("hammer");
  const Finish steel = metal_finish(random), grip = grip_finish(random);
  const int metal = object.add_material(steel.material);
  const int head = object.add_part("head core", metal), face = object.add_part("face", metal),
            claw = object.add_part("claw", metal);
  const double r = uniform(random, 0.012, 0.017), reach = uniform(random, 0.045, 0.06);
  const double top = uniform(random, 0.022, 0.03);
  add_tube(object,
           {{{0, top, 0}, 0.8 * r, 0.8 * r, head},
            {{0, 0.3 * top, 0}, r, 0.95 * r, head},
            {{0, -0.5 * top, 0}, r, 0.9 * r, head},
            {{0, -0.45 * reach, 0}, 0.7 * r, 0.7 * r, head},
            {{0, -0.7 * reach, 0}, 0.75 * r, 0.75 * r, head},
            {{0, -0.75 * reach, 0}, r, r, head},
            {{0, -0.97 * reach, 0}, r, r, face},
            {{0, -reach, 0}, 0.9 * r, 0.9 * r, face}},
           {.up = kX, .sides = 20, .squareness = 2.6});
  // Two prongs that curve back over the hand.
  const double curve = uniform(random, 0.045, 0.065);
  for (const double side : {-1.0, 1.0}) {
    std::vector<TubeSection> prong;
    for (int i = 0; i <= 10; ++i) {
      const double t = i / 10.0, angle = t * uniform(random, 1.0, 1.02);
      prong.push_back({{-curve * (1 - std::cos(angle)), 0.7 * top + curve * std::sin(angle),
                        side * (0.35 * r + 0.45 * r * t)},
                       mix(0.6 * r, 0.12 * r, t),
                       mix(0.5 * r, 0.38 * r, t),
                       claw});
    }
    add_tube(object, prong, {.up = kX, .sides = 10, .squareness = 3});
  }
  const int handle = object.add_part("handle", object.add_material(grip.material));
  add_tool_handle(object, handle, uniform(random, 0.24, 0.33), uniform(random, 0.011, 0.014), random);
  object.part_aliases["head"] = {"head core", "face", "claw"};

  const Transform strike = function_frame({0, -reach, 0}, -kY, kX, r);
  const Vec3d bearing{-curve * (1 - std::cos(0.6)), 0.7 * top + curve * std::sin(0.6), 0};
  const Vec3d centre{-curve, 0.7 * top, 0};
  object.functions = {{"pound-with", {{"face"}, strike}},
                      {"press-with", {{"face"}, strike}},
                      {"pull-with", {{"claw"}, function_frame(centre, bearing - centre, kZ, curve)}}};
  object.caption = "a claw hammer of " + steel.words + " with a " + grip.words + " handle";
  return object;
}

SampleObject mallet(Random& random) {
  SampleObject object("mallet");
  const Finish block = chance(random, 0.6) ? wood_finish(random) : plastic_finish(random);
  const Finish grip = grip_finish(random);
  const int solid = object.add_material(block.material);
  const int head = object.add_part("head core", solid), face = object.add_part("face", solid);
  const double r = uniform(random, 0.03, 0.042), reach = uniform(random, 0.05, 0.075);
  add_tube(object,
           {{{0, 0.9 * reach, 0}, 0.3 * r, 0.3 * r, head},
            {{0, 0.82 * reach, 0}, 0.62 * r, 0.62 * r, head},
            {{0, 0.6 * reach, 0}, 0.86 * r, 0.86 * r, head},
            {{0, 0, 0}, uniform(random, 0.95, 1.1) * r, r, head},
            {{0, -0.85 * reach, 0}, r, r, head},
            {{0, -0.96 * reach, 0}, r, r, face},
            {{0, -reach, 0}, 0.93 * r, 0.93 * r, face}},
           {.up = kX, .sides = 24, .squareness = uniform(random, 2.0, 5.0)});
  const int handle = object.add_part("handle", object.add_material(grip.material));
  add_tool_handle(object, handle, uniform(random, 0.22, 0.3), uniform(random, 0.011, 0.014), random);
  object.part_aliases["head"] = {"head core", "face"};
  const Transform strike = function_frame({0, -reach, 0}, -kY, kX, r);
  object.functions = {{"pound-with", {{"face"}, strike}}, {"press-with", {{"face"}, strike}}};
  object.caption = "a " + block.words + " mallet";
  return object;
}

SampleObject axe(Random& random) {
  SampleObject object("axe");
  const Finish steel = metal_finish(random), grip = grip_finish(random);
  const int metal = object.add_material(steel.material);
  const int blade = object.add_part("blade", metal), edge = object.add_part("edge", metal),
            back = object.add_part("back", metal), eye = object.add_part("eye", metal);
  const double half_poll = uniform(random, 0.022, 0.03), half_edge = uniform(random, 0.045, 0.065);
  const double poll = uniform(random, 0.025, 0.035), reach = uniform(random, 0.09, 0.12);
  const double half_thick = uniform(random, 0.011, 0.015), beard = uniform(random, 0.0, 0.03);
  const double bulge = uniform(random, 0.08, 0.18);
  const auto edge_point = [&](double s) {  // s −1 (towards the hand) … 1
    return Vec3d{half_edge * s - beard * (1 - s) / 2, -reach - bulge * half_edge * (1 - s * s), 0};
  };
  add_sheet(
      object, 24, 14,
      [&](double u, double v, int side) {
        const double s = 1 - 2 * v, flare = smooth_step(0.35, 1, u);
        const Vec3d root{half_poll * s, mix(poll, -0.3 * reach, std::min(u / 0.5, 1.0)), 0};
        const Vec3d end = edge_point(s);
        const double y = u < 0.5 ? root.y : mix(-0.3 * reach, end.y, (u - 0.5) / 0.5);
        const double thick = half_thick * mix(1, 0.03, smooth_step(0.3, 1, u));
        return Vec3d{mix(root.x, end.x, flare), y, side * thick};
      },
      [&](double u, double, int) {
        if (u < 0.1) return back;
        if (u < 0.42) return eye;
        return u > 0.86 ? edge : blade;
      });
  const int handle = object.add_part("handle", object.add_material(grip.material));
  const double length = uniform(random, 0.34, 0.48), bow = uniform(random, 0.005, 0.03);
  add_grip(object, handle,
           {{1.15 * half_poll, 0, 0},
            {-0.3 * length, bow, 0},
            {-0.7 * length, 0.2 * bow, 0},
            {-0.93 * length, 0, 0},
            {-length, -0.02, 0}},
           {0.012, 0.011, 0.012, 0.013, 0.016}, 1.45);
  object.part_aliases = {{"blade", {"blade", "edge"}}, {"head", {"blade", "edge", "back", "eye"}}};
  const Transform cut = function_frame(edge_point(0), -kY, kX, half_edge);
  object.functions = {{"cut-with", {{"edge"}, cut}},
                      {"wedge-with", {{"edge"}, cut}},
                      {"pound-with", {{"back"}, function_frame({0, poll, 0}, kY, kX, half_poll)}}};
  object.caption = "an axe of " + steel.words + " with a " + grip.words + " handle";
  return object;
}

SampleObject screwdriver(Random& random) {
  SampleObject object("screwdriver");
  const Finish steel = metal_finish(random), grip = plastic_finish(random), ring = plastic_finish(random);
  const int metal = object.add_material(steel.material);
  const int tip = object.add_part("tip", metal), shaft = object.add_part("shaft", metal);
  const double shank = uniform(random, 0.0025, 0.004), length = uniform(random, 0.08, 0.14);
  const double half_width = shank * uniform(random, 1.0, 1.35), tip_length = uniform(random, 0.012, 0.018);
  const double handle_length = uniform(random, 0.08, 0.11);
  add_tube(object,
           {{{-length - 0.01, 0, 0}, shank, shank, shaft},
            {{-0.6 * length, 0, 0}, shank, shank, shaft},
            {{-tip_length, 0, 0}, shank, shank, tip},
            {{-0.55 * tip_length, 0, 0}, 0.62 * shank, half_width, tip},
            {{-0.15 * tip_length, 0, 0}, 0.26 * shank, half_width, tip},
            {{0, 0, 0}, 0.18 * shank, 0.97 * half_width, tip}},
           {.up = kY, .sides = 16, .squareness = 2.8});
  const double r = uniform(random, 0.011, 0.016), x = -length;
  const int handle = object.add_part("handle", object.add_material(grip.material));
  add_grip(object, handle,
           {{x, 0, 0},
            {x - 0.15 * handle_length, 0, 0},
            {x - 0.55 * handle_length, 0, 0},
            {x - 0.9 * handle_length, 0, 0},
            {x - handle_length, 0, 0}},
           {0.55 * r, 0.72 * r, r, uniform(random, 0.8, 1.05) * r, 0.7 * r}, uniform(random, 0.8, 1));
  const int collar = object.add_part("collar", object.add_material(ring.material));
  add_tube(object,
           {{{x + 0.004, 0, 0}, 0.6 * r, 0.6 * r, collar}, {{x - 0.012, 0, 0}, 0.8 * r, 0.8 * r, collar}},
           {.up = kY, .sides = 6, .squareness = 2});
  const Transform blade = function_frame({0, 0, 0}, kX, kY, half_width);
  const Transform point = function_frame({0, 0, 0}, kX, kY, tip_length);
  object.functions = {{"dig-with", {{"tip"}, blade}},
                      {"pry-with", {{"tip"}, blade}},
                      {"scrape-with", {{"tip"}, function_frame({0, 0, 0}, kX, kZ, half_width)}},
                      {"pierce-with", {{"tip"}, point}},
                      {"poke-with", {{"tip"}, point}},
                      {"mix-with", {{"shaft"}, function_frame({0, 0, 0}, kX, kY, length / 2)}}};
  object.caption = "a screwdriver with a " + grip.words + " handle";
  return object;
}

SampleObject wrench(Random& random) {
  SampleObject object("wrench");
  const Finish steel = metal_finish(random);
  const int metal = object.add_material(steel.material);
  const int head = object.add_part("head core", metal), jaw = object.add_part("jaw", metal);
  const double gap = uniform(random, 0.008, 0.013), size = gap * uniform(random, 1.3, 1.7);
  const double half_thick = uniform(random, 0.003, 0.0045), turn = uniform(random, 0.15, 0.35);
  const Vec3d ahead{std::cos(turn), 0, std::sin(turn)}, across{-std::sin(turn), 0, std::cos(turn)};
  add_tube(object,
           {{ahead * -2.2 * size, half_thick, 0.7 * size, head},
            {ahead * -1.6 * size, half_thick, gap + 0.6 * size, head},
            {ahead * -0.5 * size, half_thick, gap + 0.72 * size, head},
            {ahead * -0.2 * size, half_thick, gap + 0.66 * size, head}},
           {.up = kY, .sides = 20, .squareness = 3.5});
  const double longer = uniform(random, 1.2, 1.4);
  for (const double side : {-1.0, 1.0}) {
    const double reach = size * (side > 0 ? longer : 1.05);
    add_tube(
        object,
        {{ahead * (-0.6 * size) + across * (side * (gap + 0.33 * size)), half_thick, 0.33 * size, jaw},
         {ahead * (0.3 * reach) + across * (side * (gap + 0.31 * size)), half_thick, 0.31 * size, jaw},
         {ahead * (0.8 * reach) + across * (side * (gap + 0.22 * size)), 0.9 * half_thick, 0.22 * size, jaw},
         {ahead * reach + across * (side * (gap + 0.14 * size)), 0.8 * half_thick, 0.1 * size, jaw}},
        {.up = kY, .sides = 12, .squareness = 4});
  }
  const int handle = object.add_part("handle", metal);
  const double length = uniform(random, 0.12, 0.2);
  const Vec3d root = ahead * (-1.9 * size);
  add_grip(object, handle, {root, root - kX * (0.3 * length), root - kX * (0.7 * length), root - kX * length},
           {0.008, 0.0065, 0.0075, uniform(random, 0.009, 0.014)}, 0.45);
  object.part_aliases["head"] = {"head core", "jaw"};
  const Vec3d centre{0, 0, 0};
  object.functions = {
      {"apply torque-with", {{"jaw"}, function_frame(centre, ahead, kY, gap)}},
      {"pry-with", {{"jaw"}, function_frame(ahead * size, ahead, kY, gap + 0.5 * size)}},
      {"pound-with", {{"head"}, function_frame(ahead * (-0.8 * size), across, ahead, gap + 0.6 * size)}}};
  object.caption = "an open-ended " + steel.words + " wrench";
  return object;
}

SampleObject saw(Random& random) {
  SampleObject object("saw");
  const Finish steel = metal_finish(random), grip = grip_finish(random);
  const int metal = object.add_material(steel.material);
  const int blade = object.add_part("blade", metal), teeth = object.add_part("teeth", metal);
  const double length = uniform(random, 0.3, 0.42), heel = uniform(random, 0.09, 0.12);
  const double toe = heel * uniform(random, 0.4, 0.6), half_thick = 0.001;
  const int count = 24 + static_cast<int>(random.below(10));
  const double depth = uniform(random, 0.006, 0.009);
  const double edge_y = -heel / 2, border = 0.82;
  add_sheet(
      object, 2 * count, 6,
      [&](double u, double v, int side) {
        const double spine = edge_y + mix(heel, toe, u);
        const double tooth = static_cast<int>(std::lround(u * 2 * count)) % 2 == 0 ? 0.0 : depth;
        const double y = v < border ? mix(spine, edge_y + depth, v / border)
                                    : edge_y + depth - (v - border) / (1 - border) * tooth;
        return Vec3d{length * u, y, side * half_thick * (v > border ? 0.6 : 1.0)};
      },
      [&](double, double v, int) { return v > border - 0.1 ? teeth : blade; });
  const int handle = object.add_part("handle", object.add_material(grip.material));
  const double w = uniform(random, 0.045, 0.06), tall = heel * uniform(random, 0.55, 0.68);
  std::vector<TubeSection> ring;
  const double tilt = uniform(random, 0.1, 0.4);
  for (int i = 0; i <= 28; ++i) {
    const double angle = 2 * kPi * i / 28;
    const double a = w * std::cos(angle), b = tall * std::sin(angle) * (1 + 0.15 * std::cos(angle));
    ring.push_back({{-0.75 * w + a - tilt * b, b, 0}, 0.009, 0.012, handle});
  }
  add_tube(object, ring, {.up = kZ, .sides = 12, .squareness = 3});
  object.part_aliases["blade"] = {"blade", "teeth"};
  object.functions["cut-with"] = {{"teeth"}, function_frame({length / 2, edge_y, 0}, -kY, kX, length / 2)};
  object.caption = "a hand saw with a " + grip.words + " handle";
  return object;
}

SampleObject scissors(Random& random) {
  SampleObject object("scissors");
  const Finish steel = metal_finish(random), grip = plastic_finish(random);
  const int metal = object.add_material(steel.material), held = object.add_material(grip.material);
  const int flat = object.add_part("blade", metal), edges = object.add_part("edges", metal),
            spine = object.add_part("spine", metal), point = object.add_part("point", metal),
            shank = object.add_part("shank", metal), handle = object.add_part("handle", held),
            pivot = object.add_part("pivot", metal);
  const CuttingBlade blade{.length = uniform(random, 0.08, 0.12),
                           .height = uniform(random, 0.012, 0.017),
                           .thickness = 0.003,
                           .belly = 0.1,
                           .drop = uniform(random, 0.6, 1.0)};
  const double open = uniform(random, 0.3, 0.55), handles = uniform(random, 0.06, 0.085);
  const double ring = uniform(random, 0.015, 0.019);
  Transform upper_cut;
  for (const double side : {1.0, -1.0}) {
    SampleObject half = object;
    for (SamplePart& part : half.parts) part.triangles.clear();
    add_cutting_blade(half, blade, {flat, edges, spine, point});
    const double drop = -uniform(random, 0.9, 1.1) * ring;
    add_grip(half, shank, {{0.008, 0, 0}, {-0.4 * handles, 0.2 * drop, 0}, {-handles, drop, 0}},
             {0.005, 0.0045, 0.0045}, 0.5, kZ);
    std::vector<TubeSection> loop;
    const double stretch = side > 0 ? uniform(random, 1.3, 1.7) : 1.0;  // fingers above, thumb below
    for (int i = 0; i <= 24; ++i) {
      const double angle = 2 * kPi * i / 24;
      loop.push_back(
          {{-handles - ring * stretch + ring * stretch * std::cos(angle), drop + ring * std::sin(angle), 0},
           0.004,
           0.004,
           handle});
    }
    add_tube(half, loop, {.up = kZ, .sides = 10});
    half.functions["cut-with"] = {{"edges"}, cutting_edge_frame(blade)};
    // The upper half has its edge down; the lower one is it turned over about x. Both open about the pivot.
    const Transform turn = Transform::rotate_z(side * open / 2) *
                           (side > 0 ? Transform() : Transform::rotate_x(kPi)) *
                           Transform::translate({0, 0, 0.0016});
    warp_object(half, [&](const Vec3d& p) { return turn.point(p); });
    if (side > 0) upper_cut = half.functions["cut-with"].object_from_function;
    for (std::size_t i = 0; i < half.parts.size(); ++i)
      object.parts[i].triangles.insert(object.parts[i].triangles.end(), half.parts[i].triangles.begin(),
                                       half.parts[i].triangles.end());
  }
  add_tube(object, {{{0, 0, -0.005}, 0.004, 0.004, pivot}, {{0, 0, 0.005}, 0.004, 0.004, pivot}},
           {.up = kY, .sides = 16});
  object.part_aliases["blade"] = {"blade", "edges", "spine", "point"};
  const Vec3d tip_middle{blade.length * std::cos(open / 2), 0, 0};
  object.functions = {{"cut-with", {{"edges"}, upper_cut}},
                      {"scrape-with", {{"edges"}, upper_cut}},
                      {"pierce-with", {{"point"}, function_frame(tip_middle, kX, kY, 0.15 * blade.length)}}};
  object.caption = "scissors with " + grip.words + " handles";
  return object;
}

}  // namespace

std::vector<SampleFamily> hand_tool_families() {
  return {{"hammer", hammer}, {"mallet", mallet}, {"axe", axe},          {"screwdriver", screwdriver},
          {"wrench", wrench}, {"saw", saw},       {"scissors", scissors}};
}

}  // namespace funcorr
