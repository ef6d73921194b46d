#include "render/visibility/channels.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

namespace funcorr {
namespace {

const std::vector<std::string>& channels_of(ChannelGroup group) {
  static const std::map<ChannelGroup, std::vector<std::string>> channels{
      {ChannelGroup::kColor, {"R", "G", "B", "A"}},
      {ChannelGroup::kCoverage, {"A"}},
      {ChannelGroup::kDepth, {"Z"}},
      {ChannelGroup::kNormal, {"N.X", "N.Y", "N.Z"}},
      {ChannelGroup::kShadingNormal, {"Ns.X", "Ns.Y", "Ns.Z"}},
      {ChannelGroup::kPosition, {"P.X", "P.Y", "P.Z"}},
      {ChannelGroup::kPart, {"part.id"}}};
  return channels.at(group);
}

template <typename Value>
bool contains(const std::vector<Value>& values, const Value& value) {
  return std::ranges::find(values, value) != values.end();
}

// Where each group's first channel stands in a pixel; −1: it is not wanted.
struct Layout {
  int color, coverage, depth, normal, shading_normal, position, part;
};

Layout layout_of(const std::vector<std::string>& names, const std::vector<ChannelGroup>& groups) {
  const auto at = [&](ChannelGroup group) {
    if (!contains(groups, group)) return -1;
    return static_cast<int>(std::ranges::find(names, channels_of(group).front()) - names.begin());
  };
  using enum ChannelGroup;
  return {at(kColor), at(kCoverage), at(kDepth), at(kNormal), at(kShadingNormal), at(kPosition), at(kPart)};
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

std::vector<std::string> channel_names(const std::vector<ChannelGroup>& groups) {
  std::vector<std::string> names;
  for (const auto& [group, group_name] : names_of(ChannelGroup{}))
    if (contains(groups, group))
      for (const std::string& name : channels_of(group))
        if (!contains(names, name)) names.push_back(name);
  return names;
}

ImageF view_channels(const PathTracer& tracer, const Camera& camera, const ImageF& radiance,
                     const std::vector<ChannelGroup>& groups, int threads) {
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
