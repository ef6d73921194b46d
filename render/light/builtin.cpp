#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numbers>
#include <stdexcept>

#include "db/format/radiance_image.h"
#include "render/light/environment.h"

namespace funcorr {
namespace {

constexpr int kWidth = 512, kHeight = 256;

Vec3f mix(const Vec3f& a, const Vec3f& b, float t) { return a + (b - a) * t; }

float smooth_step(float low, float high, float x) {
  const float t = std::clamp((x - low) / (high - low), 0.0F, 1.0F);
  return t * t * (3.0F - 2.0F * t);
}

Vec3f direction_to(float azimuth_degrees, float elevation_degrees) {
  constexpr float kRadians = std::numbers::pi_v<float> / 180.0F;
  const float azimuth = azimuth_degrees * kRadians, elevation = elevation_degrees * kRadians;
  return {std::cos(elevation) * std::cos(azimuth), std::cos(elevation) * std::sin(azimuth),
          std::sin(elevation)};
}

// A rectangular lamp seen under ±half_width and ±half_height (tangents of the angles), with soft edges.
float soft_box(const Vec3f& d, const Vec3f& center, float half_width, float half_height) {
  const float depth = dot(d, center);
  if (depth <= 0.0F) return 0.0F;
  const Vec3f right = normalized(cross(Vec3f{0, 0, 1}, center));
  const Vec3f up = cross(center, right);
  const float x = std::abs(dot(d, right)) / depth, y = std::abs(dot(d, up)) / depth;
  return (1.0F - smooth_step(0.9F * half_width, 1.1F * half_width, x)) *
         (1.0F - smooth_step(0.9F * half_height, 1.1F * half_height, y));
}

Vec3f studio(const Vec3f& d) {
  const Vec3f room = mix({0.22F, 0.22F, 0.23F}, {0.5F, 0.5F, 0.5F}, smooth_step(-1.0F, 1.0F, d.z));
  const Vec3f key = Vec3f{1.0F, 0.96F, 0.9F} * (9.0F * soft_box(d, direction_to(40, 45), 0.45F, 0.35F));
  const Vec3f fill = Vec3f{0.9F, 0.95F, 1.0F} * (3.0F * soft_box(d, direction_to(-70, 20), 0.5F, 0.6F));
  const Vec3f rim = Vec3f{1.0F, 1.0F, 1.0F} * (5.0F * soft_box(d, direction_to(190, 35), 0.2F, 0.6F));
  return room + key + fill + rim;
}

Vec3f sky(const Vec3f& d) {
  const Vec3f above = mix({0.85F, 0.9F, 0.95F}, {0.25F, 0.45F, 0.9F}, std::sqrt(std::max(0.0F, d.z)));
  const Vec3f ground{0.3F, 0.27F, 0.23F};
  const float to_sun = dot(d, direction_to(60, 40));
  const float disc = smooth_step(0.9985F, 0.9992F, to_sun);  // about 2.5° in radius
  const float glow = std::pow(std::max(0.0F, to_sun), 64.0F);
  return mix(ground, above, smooth_step(-0.03F, 0.03F, d.z)) +
         Vec3f{1.0F, 0.92F, 0.8F} * (500.0F * disc + glow);
}

ImageF paint(Vec3f (*color)(const Vec3f&)) {
  ImageF map(kWidth, kHeight, 3);
  constexpr float kPi = std::numbers::pi_v<float>;
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x) {
      const float phi = (0.5F - (static_cast<float>(x) + 0.5F) / kWidth) * 2.0F * kPi;
      const float theta = (static_cast<float>(y) + 0.5F) / kHeight * kPi;
      const Vec3f c =
          color({std::sin(theta) * std::cos(phi), std::sin(theta) * std::sin(phi), std::cos(theta)});
      for (int i = 0; i < 3; ++i) map.at(x, y)[i] = c[i];
    }
  return map;
}

// A latitude-longitude map spans 360° by 180°.
void check_lat_long(const ImageF& map) {
  constexpr double kAspect = 2, kTolerance = 0.01;
  const double aspect = static_cast<double>(map.width) / map.height;
  if (std::abs(aspect / kAspect - 1) <= kTolerance) return;
  struct Layout {
    double aspect;
    const char* name;
  };
  constexpr Layout kLayouts[] = {{1.0, "an angular map, a mirror ball or a fisheye picture"},
                                 {4.0 / 3, "the faces of a cube as a lying cross"},
                                 {3.0 / 4, "the faces of a cube as an upright cross"},
                                 {6.0, "the faces of a cube in a row"},
                                 {1.0 / 6, "the faces of a cube in a column"},
                                 {3.0 / 2, "the faces of a cube in two rows"}};
  std::string looks = "a cut-out of a panorama, or an ordinary picture";
  for (const Layout& layout : kLayouts)
    if (std::abs(aspect / layout.aspect - 1) <= kTolerance) looks = layout.name;
  throw std::runtime_error("it has " + std::to_string(map.width) + " × " + std::to_string(map.height) +
                           " px, which looks like " + looks +
                           "; a latitude-longitude map, twice as wide as high, is expected");
}

}  // namespace

std::vector<std::string> builtin_environments() { return {"builtin:studio", "builtin:sky"}; }

bool is_builtin_environment(const std::string& name) { return name.starts_with("builtin:"); }

Environment load_environment(const std::string& name_or_file) {
  if (name_or_file == "builtin:studio") return Environment(paint(studio));
  if (name_or_file == "builtin:sky") return Environment(paint(sky));
  if (is_builtin_environment(name_or_file))
    throw std::runtime_error("there is no environment \"" + name_or_file +
                             "\"; builtin:studio and builtin:sky exist");
  if (!std::filesystem::is_regular_file(name_or_file))
    throw std::runtime_error("environment map " + name_or_file +
                             " does not exist; give an .exr or .hdr file, builtin:studio or builtin:sky");
  try {
    const ImageF map = load_image_float(name_or_file);
    check_lat_long(map);
    return Environment(map);
  } catch (const std::exception& error) {
    throw std::runtime_error("environment map " + name_or_file + ": " + error.what());
  }
}

}  // namespace funcorr
