#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "db/format/vector.h"
#include "render/geometry/mesh.h"

struct RTCDeviceTy;
struct RTCSceneTy;

namespace funcorr {

struct Ray {
  Vec3f origin, direction;  // t counts lengths of `direction`
  float t_min = 0, t_max = std::numeric_limits<float>::infinity();
};

struct RayHit {
  float t = 0;
  float u = 0, v = 0;  // barycentric: (1−u−v)·p0 + u·p1 + v·p2
  std::uint32_t triangle = 0;
};

// A query that was made.
struct LoggedRay {
  Ray ray;
  bool any_hit;  // occluded(), or else intersect()
};

// Embree's acceleration structure over the triangles of a mesh. Queries are thread-safe. Throws
// std::runtime_error with Embree's message.
class RayScene {
 public:
  // Build uses up to `threads` threads (0: all of the machine).
  explicit RayScene(const Mesh& mesh, int threads = 0);

  bool intersect(const Ray& ray, RayHit& nearest) const;
  bool occluded(const Ray& ray) const;

  // Notes every query from now on, until it is told nullptr; only where one thread asks. For measuring.
  void log_to(std::vector<LoggedRay>* log) { log_ = log; }

 private:
  using Device = std::unique_ptr<RTCDeviceTy, void (*)(RTCDeviceTy*)>;
  using Scene = std::unique_ptr<RTCSceneTy, void (*)(RTCSceneTy*)>;
  Device device_;
  Scene scene_;
  std::vector<LoggedRay>* log_ = nullptr;
};

}  // namespace funcorr
