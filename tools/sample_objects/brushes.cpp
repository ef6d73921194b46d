#include <cmath>

#include "tools/sample_objects/families.h"
#include "tools/sample_objects/finish.h"
#include "tools/sample_objects/function_frame.h"
#include "tools/sample_objects/shapes.h"
#include "tools/sample_objects/tool_parts.h"

namespace funcorr {
namespace {

constexpr Vec3d kX{1, 0, 0}, kY{0, 1, 0}, kZ{0, 0, 1};

Finish bristle_finish(Random& random) {
  const NamedColor color = random_paint(random);
  return {{"bristles", paint_stripes(color.color, color.color, 8, true, random), 0, 0.9}, color.name};
}

// A block with rounded corners between two corners.
void add_block(SampleObject& object, int part, const Vec3d& low, const Vec3d& high, double squareness) {
  const Vec3d half = (high - low) * 0.5, centre = (high + low) * 0.5;
  std::vector<TubeSection> sections;
  for (const auto& [at, size] :
       {std::pair{-1.0, 0.82}, {-0.94, 0.95}, {-0.8, 1.0}, {0.0, 1.0}, {0.8, 1.0}, {0.94, 0.95}, {1.0, 0.82}})
    sections.push_back({centre + kX * (half.x * at), half.y * size, half.z * size, part});
  add_tube(object, sections, {.up = kY, .sides = 24, .squareness = squareness});
}

SampleObject broom(Random& random) {
  SampleObject object("broom");
  const Finish straw = bristle_finish(random), grip = grip_finish(random), block = grip_finish(random);
  const int bristles = object.add_part("bristles", object.add_material(straw.material)),
            head = object.add_part("head", object.add_material(block.material)),
            handle = object.add_part("handle", object.add_material(grip.material));
  const double half_width = uniform(random, 0.11, 0.16), length = uniform(random, 0.13, 0.2);
  const double flare = uniform(random, 0.6, 0.85), half_depth = uniform(random, 0.02, 0.03);
  const double slant = uniform(random, -0.25, 0.25) * length;
  const int columns = 17, rows = 4;
  for (int i = 0; i < columns; ++i)
    for (int k = 0; k < rows; ++k) {
      const double s = 2.0 * i / (columns - 1) - 1, t = 2.0 * k / (rows - 1) - 1;
      const Vec3d root{-length, half_depth * 0.6 * t, half_width * flare * s};
      const Vec3d end{slant * s + uniform(random, -0.006, 0.0), half_depth * (t + uniform(random, -0.2, 0.2)),
                      half_width * (s + uniform(random, -0.02, 0.02))};
      add_bristle(object, bristles, root, end, 0.008, 0.006, 5);
    }
  add_block(object, head, {-length - 0.05, -half_depth, -half_width * flare * 1.06},
            {-length + 0.012, half_depth, half_width * flare * 1.06}, 4);
  const double long_by = uniform(random, 0.5, 0.75), bow = uniform(random, -0.03, 0.03);
  add_grip(object, handle,
           {{-length - 0.02, 0, 0}, {-length - 0.5 * long_by, bow, 0}, {-length - long_by, 0, 0}},
           {0.013, 0.0115, 0.012}, 1);
  const Transform ends = function_frame({0, 0, 0}, kX, kZ, half_width);
  object.functions = {{"sweep-with", {{"bristles"}, ends}}, {"brush-with", {{"bristles"}, ends}}};
  object.caption = "a broom with " + straw.words + " bristles and a " + grip.words + " handle";
  return object;
}

// Brushes whose bristles stand under a block, towards −y.
struct BlockBrush {
  double length, half_width, block_height, bristle_length;  // metres; along x, z, y, y
  int columns, rows;
  double bristle_radius;
};
int add_block_brush(SampleObject& object, const BlockBrush& brush, int bristle_material, int block_material,
                    Random& random) {
  const int bristles = object.add_part("bristles", bristle_material),
            head = object.add_part("head", block_material);
  const double lean = uniform(random, -0.15, 0.15);
  for (int i = 0; i < brush.columns; ++i)
    for (int k = 0; k < brush.rows; ++k) {
      const double u = (i + 0.5) / brush.columns, s = 2 * (k + 0.5) / brush.rows - 1;
      const Vec3d root{-brush.length * (1 - u), 0, 0.85 * brush.half_width * s};
      const Vec3d end{root.x + (lean + uniform(random, -0.05, 0.05)) * brush.bristle_length,
                      -brush.bristle_length * uniform(random, 0.94, 1.0), root.z * 1.08};
      add_bristle(object, bristles, root, end, brush.bristle_radius, 0.8 * brush.bristle_radius, 5);
    }
  add_block(object, head, {-brush.length, -0.1 * brush.block_height, -brush.half_width},
            {0, brush.block_height, brush.half_width}, 3);
  return head;
}

SampleObject brush(Random& random) {
  SampleObject object("brush");
  const Finish hair = bristle_finish(random), wood = grip_finish(random);
  const int hairs = object.add_material(hair.material), block = object.add_material(wood.material);
  const double half_width = uniform(random, 0.024, 0.034);
  const BlockBrush shape{half_width * uniform(random, 3.2, 4.6),
                         half_width,
                         uniform(random, 0.016, 0.024),
                         uniform(random, 0.026, 0.045),
                         14,
                         5,
                         0.0035};
  add_block_brush(object, shape, hairs, block, random);
  const double long_by = uniform(random, 0.1, 0.16), y = 0.5 * shape.block_height;
  add_grip(object, object.add_part("handle", block),
           {{-shape.length + 0.012, y, 0},
            {-shape.length - 0.3 * long_by, y + 0.008, 0},
            {-shape.length - 0.7 * long_by, y + uniform(random, 0.008, 0.02), 0},
            {-shape.length - long_by, y + uniform(random, 0.0, 0.01), 0}},
           {0.012, 0.009, 0.012, 0.013}, uniform(random, 0.55, 0.9));
  const Vec3d ends{-shape.length / 2, -shape.bristle_length, 0}, front{0, -shape.bristle_length, 0};
  const Transform under = function_frame(ends, -kY, kX, shape.length / 2);
  object.functions = {{"brush-with", {{"bristles"}, under}},
                      {"sweep-with", {{"bristles"}, under}},
                      {"scrape-with", {{"bristles"}, under}},
                      {"spread-with", {{"bristles"}, function_frame(front, kX, kY, half_width)}},
                      {"mix-with", {{"bristles"}, function_frame(front, kX, kY, shape.length / 2)}}};
  object.caption = "a hand brush with " + hair.words + " bristles and a " + wood.words + " handle";
  return object;
}

SampleObject toothbrush(Random& random) {
  SampleObject object("toothbrush");
  const Finish hair = bristle_finish(random), plastic = plastic_finish(random);
  const int hairs = object.add_material(hair.material), body = object.add_material(plastic.material);
  const BlockBrush shape{uniform(random, 0.022, 0.03),
                         uniform(random, 0.005, 0.0065),
                         0.004,
                         uniform(random, 0.009, 0.012),
                         9,
                         4,
                         0.0009};
  add_block_brush(object, shape, hairs, body, random);
  const double long_by = uniform(random, 0.12, 0.15), y = 0.002;
  add_grip(object, object.add_part("handle", body),
           {{-shape.length + 0.003, y, 0},
            {-shape.length - 0.2 * long_by, y + 0.001, 0},
            {-shape.length - 0.6 * long_by, y + uniform(random, -0.006, 0.008), 0},
            {-shape.length - long_by, y + uniform(random, -0.008, 0.004), 0}},
           {0.003, 0.003, uniform(random, 0.0055, 0.0075), 0.005}, uniform(random, 0.6, 0.8));
  const Vec3d ends{-shape.length / 2, -shape.bristle_length, 0}, front{0, -shape.bristle_length / 2, 0};
  object.functions = {{"brush-with", {{"bristles"}, function_frame(ends, -kY, kX, shape.length / 2)}},
                      {"poke-with", {{"head"}, function_frame(front, kX, kY, shape.length / 2)}},
                      {"mix-with", {{"bristles"}, function_frame(front, kX, kY, shape.length / 2)}}};
  object.caption = "a " + plastic.words + " toothbrush";
  return object;
}

SampleObject paintbrush(Random& random) {
  SampleObject object("paintbrush");
  const Finish hair = bristle_finish(random), metal = metal_finish(random), grip = grip_finish(random);
  const int hairs = object.add_material(hair.material), ferrule = object.add_material(metal.material);
  const int bristles = object.add_part("bristles", hairs), tip = object.add_part("tip", hairs),
            head = object.add_part("head", ferrule);
  const double half_width = uniform(random, 0.014, 0.024),
               half_depth = half_width * uniform(random, 0.3, 0.45);
  const double length = uniform(random, 0.035, 0.055), skew = uniform(random, -0.3, 0.3);
  add_tube(object,
           {{{-length - 0.006, 0, 0}, 0.9 * half_depth, 0.93 * half_width, bristles},
            {{-0.6 * length, 0, 0}, half_depth, half_width, bristles},
            {{-0.25 * length, 0, skew * 0.1 * half_width}, 0.8 * half_depth, 0.97 * half_width, tip},
            {{-0.06 * length, 0, skew * 0.3 * half_width}, 0.4 * half_depth, 0.85 * half_width, tip},
            {{0, 0, skew * 0.4 * half_width}, 0.12 * half_depth, 0.7 * half_width, tip}},
           {.up = kY, .sides = 24, .squareness = 3});
  const double band = uniform(random, 0.018, 0.026);
  add_tube(object,
           {{{-length - band, 0, 0}, 0.8 * half_depth, 0.7 * half_width, head},
            {{-length - 0.5 * band, 0, 0}, 0.95 * half_depth, 0.95 * half_width, head},
            {{-length, 0, 0}, half_depth, half_width, head}},
           {.up = kY, .sides = 24, .squareness = 3.5});
  const double long_by = uniform(random, 0.09, 0.14), x = -length - band + 0.003;
  add_grip(object, object.add_part("handle", object.add_material(grip.material)),
           {{x, 0, 0}, {x - 0.15 * long_by, 0, 0}, {x - 0.45 * long_by, 0.002, 0}, {x - long_by, 0, 0}},
           {0.6 * half_width, 0.75 * half_width, 0.35 * half_width, uniform(random, 0.35, 0.5) * half_width},
           uniform(random, 0.45, 0.7));
  object.part_aliases["bristles"] = {"bristles", "tip"};
  const Transform point = function_frame({0, 0, 0}, kX, kY, 0.25 * length);
  object.functions = {{"brush-with", {{"bristles"}, function_frame({0, 0, 0}, kX, kZ, half_width)}},
                      {"write-with", {{"tip"}, point}},
                      {"poke-with", {{"tip"}, point}}};
  object.caption = "a flat paintbrush with " + hair.words + " bristles";
  return object;
}

SampleObject rake(Random& random) {
  SampleObject object("rake");
  const Finish metal = metal_finish(random), grip = grip_finish(random);
  const int steel = object.add_material(metal.material);
  const int tines = object.add_part("tines", steel), head = object.add_part("head", steel);
  const double half_width = uniform(random, 0.14, 0.2), length = uniform(random, 0.06, 0.09);
  const int count = 9 + static_cast<int>(random.below(5));
  const double curl = uniform(random, 0.1, 0.5), arch = uniform(random, 0, 0.03);
  for (int i = 0; i < count; ++i) {
    const double s = 2.0 * i / (count - 1) - 1;
    std::vector<TubeSection> sections;
    for (int k = 0; k <= 6; ++k) {
      const double t = k / 6.0;
      sections.push_back({{-arch * s * s - curl * length * t * t, -length * t, 0.96 * half_width * s},
                          mix(0.0055, 0.002, t),
                          mix(0.0055, 0.0025, t),
                          tines});
    }
    add_tube(object, sections, {.up = kX, .sides = 7});
  }
  std::vector<TubeSection> bar;
  for (int k = 0; k <= 10; ++k) {
    const double s = 2.0 * k / 10 - 1;
    bar.push_back({{-arch * s * s, 0, half_width * s}, 0.008, 0.008, head});
  }
  add_tube(object, bar, {.up = kY, .sides = 10, .squareness = 4});
  const double long_by = uniform(random, 0.6, 0.85), rise = uniform(random, 0.1, 0.3) * long_by;
  add_grip(object, object.add_part("handle", object.add_material(grip.material)),
           {{0, 0, 0}, {-0.4 * long_by, 0.5 * rise, 0}, {-long_by, rise, 0}}, {0.012, 0.012, 0.013}, 1);
  const Transform ends = function_frame({-curl * length, -length, 0}, -kY, kZ, half_width);
  object.functions = {{"sweep-with", {{"tines"}, ends}}, {"scrape-with", {{"tines"}, ends}}};
  object.caption = "a garden rake with a " + grip.words + " handle";
  return object;
}

SampleObject pencil(Random& random) {
  SampleObject object("pencil");
  const Finish paint = plastic_finish(random), wood = wood_finish(random), metal = metal_finish(random);
  const Finish rubber = plastic_finish(random);
  const int lacquer = object.add_material(paint.material), core = object.add_material(wood.material);
  SampleMaterial lead{"graphite", paint_plain({0.16, 0.16, 0.17}, 0.5, random), 0.2, 0.35};
  const int tip = object.add_part("tip", core),
            graphite = object.add_part("graphite", object.add_material(std::move(lead))),
            barrel = object.add_part("barrel", lacquer);
  const double r = uniform(random, 0.0035, 0.0048), cone = r * uniform(random, 3.5, 6);
  const double length = uniform(random, 0.07, 0.16), bend = uniform(random, 0.0, 0.004);
  const auto at = [&](double x) { return Vec3d{x, bend * (x / length) * (x / length), 0}; };
  const int sides = chance(random, 0.6) ? 6 : 18;
  add_tube(object,
           {{at(-length), r, r, barrel},
            {at(-0.66 * length), r, r, barrel},
            {at(-0.33 * length), r, r, barrel},
            {at(-cone), r, r, tip},
            {at(-0.6 * cone), 0.6 * r, 0.6 * r, tip},
            {at(-0.32 * cone), 0.32 * r, 0.32 * r, graphite},
            {at(-0.02 * cone), 0.04 * r, 0.05 * r, graphite},
            {at(0), 0.01 * r, 0.02 * r, graphite}},
           {.up = kY, .sides = sides});
  const int ferrule = object.add_part("ferrule", object.add_material(metal.material)),
            eraser = object.add_part("eraser", object.add_material(rubber.material));
  const Vec3d end = at(-length);
  add_tube(object,
           {{end + kX * 0.002, 1.06 * r, 1.06 * r, ferrule},
            {end - kX * 0.006, 0.98 * r, 0.98 * r, ferrule},
            {end - kX * 0.012, 1.06 * r, 1.06 * r, ferrule}},
           {.up = kY, .sides = 16});
  const double worn = uniform(random, 0.4, 1.0);  // one side is rubbed down
  add_tube(object,
           {{end - kX * 0.010, r, r, eraser},
            {end - kX * 0.018, r, r, eraser},
            {end - kX * 0.023 - kY * (0.3 * worn * r), 0.6 * r, 0.9 * r, eraser}},
           {.up = kY, .sides = 16});
  object.part_aliases["tip"] = {"tip", "graphite"};
  const Transform point = function_frame({0, 0, 0}, kX, kY, cone);
  object.functions = {{"write-with", {{"graphite"}, point}},
                      {"pierce-with", {{"tip"}, point}},
                      {"poke-with", {{"tip"}, point}},
                      {"scrape-with", {{"tip"}, point}},
                      {"mix-with", {{"tip"}, function_frame({0, 0, 0}, kX, kY, 1.5 * cone)}}};
  object.caption = "a " + paint.words + " pencil";
  return object;
}

SampleObject pen(Random& random) {
  SampleObject object("pen");
  const Finish shell = plastic_finish(random), metal = metal_finish(random);
  const int body = object.add_material(shell.material), steel = object.add_material(metal.material);
  const int tip = object.add_part("tip", steel), ball = object.add_part("ball", steel),
            barrel = object.add_part("barrel", body), clip = object.add_part("clip", steel);
  const double r = uniform(random, 0.0045, 0.006), length = uniform(random, 0.12, 0.145);
  const double cone = uniform(random, 0.014, 0.022), waist = uniform(random, 0.8, 1.0);
  add_tube(object,
           {{{-length, 0, 0}, 0.8 * r, 0.8 * r, barrel},
            {{-0.97 * length, 0, 0}, r, r, barrel},
            {{-0.6 * length, 0, 0}, 1.08 * r, 1.08 * r, barrel},
            {{-0.3 * length, 0, 0}, waist * r, waist * r, barrel},
            {{-cone, 0, 0}, 0.9 * r, 0.9 * r, tip},
            {{-0.5 * cone, 0, 0}, 0.5 * r, 0.5 * r, tip},
            {{-0.12 * cone, 0, 0}, 0.2 * r, 0.2 * r, ball},
            {{-0.03 * cone, 0, 0}, 0.15 * r, 0.15 * r, ball},
            {{0, 0, 0}, 0.05 * r, 0.05 * r, ball}},
           {.up = kY, .sides = 18});
  const double long_by = uniform(random, 0.035, 0.05), x = -0.96 * length;
  add_tube(object,
           {{{x, 0.5 * r, 0}, 0.0012, 0.002, clip},
            {{x + 0.002, 1.7 * r, 0}, 0.0008, 0.002, clip},
            {{x + 0.6 * long_by, 1.6 * r, 0}, 0.0006, 0.0022, clip},
            {{x + long_by, 1.25 * r, 0}, 0.0006, 0.0016, clip}},
           {.up = {-0.5, 1, 0}, .sides = 10, .squareness = 3});
  object.part_aliases["tip"] = {"tip", "ball"};
  const Transform point = function_frame({0, 0, 0}, kX, kY, cone);
  object.functions = {{"write-with", {{"tip"}, point}},
                      {"pierce-with", {{"tip"}, point}},
                      {"scrape-with", {{"tip"}, point}},
                      {"mix-with", {{"tip"}, function_frame({0, 0, 0}, kX, kY, 1.5 * cone)}},
                      {"roll-onto", {{"barrel"}, function_frame({-length / 2, 0, 0}, kY, kX, r)}}};
  object.caption = "a " + shell.words + " ballpoint pen";
  return object;
}

}  // namespace

std::vector<SampleFamily> brush_families() {
  return {{"broom", broom},
          {"brush", brush},
          {"toothbrush", toothbrush},
          {"paintbrush", paintbrush},
          {"rake", rake},
          {"pencil", pencil},
          {"pen", pen}};
}

}  // namespace funcorr
