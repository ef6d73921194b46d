#include "render/visibility/channels.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

namespace funcorr {
namespace {

const std::vector<std::string>& channels_of(const std::string& group) {
  static const std::map<std::string, std::vector<std::string>> channels{{"RGBA", {"R", "G", "B", "A"}},
                                                                        {"A", {"A"}},
                                                                        {"Z", {"Z"}},
                                                                        {"N", {"N.X", "N.Y", "N.Z"}},
                                                                        {"Ns", {"Ns.X", "Ns.Y", "Ns.Z"}},
                                                                        {"P", {"P.X", "P.Y", "P.Z"}},
                                                                        {"part", {"part.id"}}};
  const auto found = channels.find(group);
  if (found != channels.end()) return found->second;
  std::string known;
  for (const std::string& name : channel_groups()) known += (known.empty() ? "" : ", ") + name;
  throw std::invalid_argument("channel \"" + group + "\" is none of " + known);
}

bool contains(const std::vector<std::string>& values, const std::string& value) {
  return std::ranges::find(values, value) != values.end();
}

// Where a group's first channel stands in an image of `names`; −1: it is not wanted.
int offset_of(const std::vector<std::string>& names, const std::vector<std::string>& groups,
              const std::string& group) {
  if (!contains(groups, group)) return -1;
  return static_cast<int>(std::ranges::find(names, channels_of(group).front()) - names.begin());
}

struct Layout {
  int color, coverage, depth, normal, shading_normal, position, part;
};

Layout layout_of(const std::vector<std::string>& names, const std::vector<std::string>& groups) {
  const auto at = [&](const char* group) { return offset_of(names, groups, group); };
  return {at("RGBA"), at("A"), at("Z"), at("N"), at("Ns"), at("P"), at("part")};
}

void put(float* pixel, int offset, const Vec3f& value) {
  if (offset < 0) return;
  for (int c = 0; c < 3; ++c) pixel[offset + c] = value[c];
}

// Rays through pixel centres; t is z-depth.
class CenterRays {
 public:
  explicit CenterRays(const Camera& camera)
      : camera_(camera), world_from_cam_(camera.cam_from_world.inverse()) {
    origin_ = to_float(world_from_cam_.translation);
  }
  Ray through(int x, int y) const {
    const Vec3d in_camera{(x + 0.5 - camera_.cx) / camera_.fx, (y + 0.5 - camera_.cy) / camera_.fy, 1.0};
    return {origin_, to_float(world_from_cam_.direction(in_camera))};
  }

 private:
  static Vec3f to_float(const Vec3d& v) {
    return {static_cast<float>(v.x), static_cast<float>(v.y), static_cast<float>(v.z)};
  }
  const Camera& camera_;
  Transform world_from_cam_;
  Vec3f origin_;
};

void fill_surface(const PathTracer& tracer, const Ray& ray, const Layout& layout, float* pixel) {
  if (layout.part >= 0) pixel[layout.part] = -1.0F;
  RayHit hit;
  if (!tracer.intersect_opaque(ray, hit)) return;
  if (layout.depth >= 0) pixel[layout.depth] = hit.t;
  if (layout.part >= 0)
    pixel[layout.part] = static_cast<float>(tracer.scene().mesh.triangle_part[hit.triangle]);
  if (layout.normal < 0 && layout.shading_normal < 0 && layout.position < 0) return;
  const SurfacePoint point = tracer.shader().shade(hit.triangle, hit.u, hit.v, -normalized(ray.direction));
  put(pixel, layout.normal, point.geometric_normal);
  put(pixel, layout.shading_normal, point.shading_normal);
  put(pixel, layout.position, point.position);
}

void fill_radiance(const ImageF& radiance, int x, int y, const Layout& layout, float* pixel) {
  if (layout.color >= 0) std::copy_n(radiance.at(x, y), 4, pixel + layout.color);
  if (layout.coverage >= 0) pixel[layout.coverage] = radiance.at(x, y)[3];
}

}  // namespace

std::vector<std::string> channel_names(const std::vector<std::string>& groups) {
  for (const std::string& group : groups) channels_of(group);
  std::vector<std::string> names;
  for (const std::string& group : channel_groups())
    if (contains(groups, group))
      for (const std::string& name : channels_of(group))
        if (!contains(names, name)) names.push_back(name);
  return names;
}

ImageF view_channels(const PathTracer& tracer, const Camera& camera, const ImageF& radiance,
                     const std::vector<std::string>& groups, int threads) {
  const std::vector<std::string> names = channel_names(groups);
  const Layout layout = layout_of(names, groups);
  const bool wants_radiance = layout.color >= 0 || layout.coverage >= 0;
  const bool wants_surface =
      std::max({layout.depth, layout.normal, layout.shading_normal, layout.position, layout.part}) >= 0;
  if (wants_radiance &&
      (radiance.width != camera.width || radiance.height != camera.height || radiance.channels != 4))
    throw std::invalid_argument("view channels: the radiance does not fit the camera");
  ImageF image(camera.width, camera.height, static_cast<int>(names.size()));
  if (names.empty()) return image;
  const CenterRays rays(camera);
  tbb::task_arena arena(threads > 0 ? threads : tbb::task_arena::automatic);
  arena.execute([&] {
    tbb::parallel_for(tbb::blocked_range<int>(0, camera.height, 8), [&](const auto& rows) {
      for (int y = rows.begin(); y < rows.end(); ++y)
        for (int x = 0; x < camera.width; ++x) {
          if (wants_radiance) fill_radiance(radiance, x, y, layout, image.at(x, y));
          if (wants_surface) fill_surface(tracer, rays.through(x, y), layout, image.at(x, y));
        }
    });
  });
  return image;
}

}  // namespace funcorr
