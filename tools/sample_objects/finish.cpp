#include "tools/sample_objects/finish.h"

#include <algorithm>
#include <cmath>

namespace funcorr {
namespace {

constexpr double kPi = 3.14159265358979323846;

Finish patterned(Random& random, const std::string& material_name, double roughness) {
  const NamedColor ground = random_paint(random);
  NamedColor figure = random_paint(random);
  while (figure.name == ground.name) figure = random_paint(random);
  const std::string colors = ground.name + " and " + figure.name;
  const int count = 3 + static_cast<int>(random.below(6));
  switch (random.below(6)) {
    case 0:
      return {{material_name, paint_stripes(ground.color, figure.color, count, chance(random, 0.4), random),
               0, roughness},
              colors + " striped"};
    case 1:
      return {{material_name, paint_dots(ground.color, figure.color, count, random), 0, roughness},
              colors + " dotted"};
    case 2:
      return {{material_name, paint_emblem(ground.color, figure.color, random), 0, roughness}, ground.name};
    case 3:
      return {{material_name, paint_speckle(ground.color, figure.color, uniform(random, 0.1, 0.25), random),
               0, roughness},
              "speckled " + ground.name};
    case 4:
      return {{material_name, paint_checks(ground.color, figure.color, count, random), 0, roughness},
              colors + " checked"};
    default:
      return {{material_name, paint_plain(ground.color, 1, random), 0, roughness}, ground.name};
  }
}

}  // namespace

double uniform(Random& random, double low, double high) { return low + (high - low) * random.uniform(); }
bool chance(Random& random, double probability) { return random.uniform() < probability; }

Finish ceramic_finish(Random& random) { return patterned(random, "ceramic", uniform(random, 0.12, 0.45)); }

Finish plastic_finish(Random& random) {
  const NamedColor color = random_paint(random);
  return {{"plastic", paint_plain(color.color, 0.5, random), 0, uniform(random, 0.3, 0.6)},
          color.name + " plastic"};
}

Finish metal_finish(Random& random) {
  const NamedColor metal = random_metal(random);
  return {{"metal", paint_brushed(metal.color, random), 1, uniform(random, 0.22, 0.5)}, metal.name};
}

Finish wood_finish(Random& random) {
  const NamedWood wood = random_wood(random);
  return {{"wood", paint_wood(wood.light, wood.dark, random), 0, uniform(random, 0.45, 0.8)}, wood.name};
}

Finish grip_finish(Random& random) {
  const double kind = random.uniform();
  if (kind < 0.5) return wood_finish(random);
  if (kind < 0.8) return plastic_finish(random);
  const NamedColor a = random_paint(random), b = random_paint(random);
  return {{"wrapping", paint_stripes(a.color, b.color, 6 + static_cast<int>(random.below(6)), false, random),
           0, 0.8},
          a.name + " wrapped"};
}

void make_irregular(SampleObject& object, Random& random, double amount) {
  Vec3d low{1e30, 1e30, 1e30}, high = -low;
  for (const SamplePart& part : object.parts)
    for (const SampleTriangle& triangle : part.triangles)
      for (const Vec3d& p : triangle.position)
        for (int axis = 0; axis < 3; ++axis) {
          low[axis] = std::min(low[axis], p[axis]);
          high[axis] = std::max(high[axis], p[axis]);
        }
  const double size = length(high - low);
  const Vec3d scale{uniform(random, 0.92, 1.08), uniform(random, 0.92, 1.08), uniform(random, 0.92, 1.08)};
  struct Wave {
    Vec3d direction, displacement;
    double phase;
  };
  std::array<Wave, 3> waves;
  for (Wave& wave : waves) {
    const double wavelength = size * uniform(random, 1.0, 1.8);
    wave.direction =
        normalized(Vec3d{random.normal(), random.normal(), random.normal()}) * (2 * kPi / wavelength);
    wave.displacement =
        normalized(Vec3d{random.normal(), random.normal(), random.normal()}) * (amount * size);
    wave.phase = uniform(random, 0, 2 * kPi);
  }
  warp_object(object, [&](const Vec3d& p) {
    Vec3d moved = p * scale;
    for (const Wave& wave : waves) moved += wave.displacement * std::sin(dot(wave.direction, p) + wave.phase);
    return moved;
  });
}

}  // namespace funcorr
