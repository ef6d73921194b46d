#pragma once

#include <array>

#include "render/film/film.h"
#include "render/integrator/path_tracer.h"
#include "render/integrator/sampler.h"

namespace funcorr {

// Float rotation, of directions.
class Rotation {
 public:
  explicit Rotation(const Transform& transform);
  Vec3f apply(const Vec3f& v) const {
    return {m_[0] * v.x + m_[1] * v.y + m_[2] * v.z, m_[3] * v.x + m_[4] * v.y + m_[5] * v.z,
            m_[6] * v.x + m_[7] * v.y + m_[8] * v.z};
  }
  Vec3f apply_inverse(const Vec3f& v) const {
    return {m_[0] * v.x + m_[3] * v.y + m_[6] * v.z, m_[1] * v.x + m_[4] * v.y + m_[7] * v.z,
            m_[2] * v.x + m_[5] * v.y + m_[8] * v.z};
  }

 private:
  std::array<float, 9> m_{};
};

// Estimates the radiance along rays. Thread-safe.
class PathSampler {
 public:
  PathSampler(const RayScene& rays, const SurfaceShader& shader, const Lighting& light,
              const RenderSettings& settings);

  // Premultiplied radiance and alpha along a camera ray whose footprint widens by `spread` per unit of t, by
  // one path.
  Radiance trace(const Ray& camera_ray, float spread, PixelSampler& sampler) const;
  // What a ray that meets nothing shows.
  Radiance backdrop(const Vec3f& direction) const;

 private:
  struct Path;
  struct Hit;
  bool walk(Path& path, SurfacePoint& point) const;
  bool survives(Path& path, PixelSampler& sampler) const;
  bool next_surface(Path& path, Hit& hit) const;
  bool pass_clear_wall(Path& path, const Hit& hit, const SurfacePoint& point) const;
  bool may_scatter(const Path& path) const;
  MaterialPoint blurred(const MaterialPoint& material, float least_pdf) const;
  bool scatter(Path& path, const SurfacePoint& point, PixelSampler& sampler, float lobe) const;
  Vec3f escaped(const Path& path) const;
  Vec3f direct_light(const SurfacePoint& point, const Frame& frame, const Bsdf& bsdf, const Path& path,
                     PixelSampler& sampler) const;
  Vec3f transmittance(Ray ray) const;

  const RayScene& rays_;
  const SurfaceShader& shader_;
  const Environment& environment_;
  Rotation environment_from_world_;
  const RenderSettings& settings_;
};

}  // namespace funcorr
