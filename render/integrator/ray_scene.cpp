#include "render/integrator/ray_scene.h"

#include <stdexcept>
#include <string>

#include "render/integrator/embree.h"

namespace funcorr {
namespace {

void check(RTCDevice device, const char* doing) {
  const RTCError error = rtcGetDeviceError(device);
  if (error != RTC_ERROR_NONE)
    throw std::runtime_error(std::string("Embree, ") + doing + ": error " + std::to_string(error) +
                             (error == RTC_ERROR_OUT_OF_MEMORY ? " (out of memory)" : ""));
}

void attach_triangles(RTCDevice device, RTCScene scene, const Mesh& mesh) {
  RTCGeometry geometry = rtcNewGeometry(device, RTC_GEOMETRY_TYPE_TRIANGLE);
  auto* vertices = static_cast<float*>(rtcSetNewGeometryBuffer(
      geometry, RTC_BUFFER_TYPE_VERTEX, 0, RTC_FORMAT_FLOAT3, 3 * sizeof(float), mesh.positions.size()));
  auto* indices = static_cast<std::uint32_t*>(
      rtcSetNewGeometryBuffer(geometry, RTC_BUFFER_TYPE_INDEX, 0, RTC_FORMAT_UINT3, 3 * sizeof(std::uint32_t),
                              mesh.triangles.size()));
  if (vertices == nullptr || indices == nullptr) {
    rtcReleaseGeometry(geometry);
    check(device, "allocating the triangles");
    throw std::runtime_error("Embree gave no memory for the triangles");
  }
  for (const Vec3d& p : mesh.positions)
    for (int c = 0; c < 3; ++c) *vertices++ = static_cast<float>(p[c]);
  for (const auto& triangle : mesh.triangles)
    for (const std::uint32_t vertex : triangle) *indices++ = vertex;
  rtcCommitGeometry(geometry);
  rtcAttachGeometry(scene, geometry);
  rtcReleaseGeometry(geometry);
}

template <typename EmbreeRay>
void set_ray(EmbreeRay& target, const Ray& ray) {
  target.org_x = ray.origin.x;
  target.org_y = ray.origin.y;
  target.org_z = ray.origin.z;
  target.dir_x = ray.direction.x;
  target.dir_y = ray.direction.y;
  target.dir_z = ray.direction.z;
  target.tnear = ray.t_min;
  target.tfar = ray.t_max;
  target.time = 0;
  target.mask = ~0U;
  target.id = 0;
  target.flags = 0;
}

}  // namespace

RayScene::RayScene(const Mesh& mesh, int threads)
    : device_(rtcNewDevice(threads > 0 ? ("threads=" + std::to_string(threads)).c_str() : nullptr),
              [](RTCDeviceTy* device) { rtcReleaseDevice(device); }),
      scene_(nullptr, [](RTCSceneTy* scene) { rtcReleaseScene(scene); }) {
  if (!device_) check(nullptr, "opening the device");
  scene_.reset(rtcNewScene(device_.get()));
  rtcSetSceneFlags(scene_.get(), RTC_SCENE_FLAG_ROBUST);
  rtcSetSceneBuildQuality(scene_.get(), RTC_BUILD_QUALITY_MEDIUM);
  if (!mesh.triangles.empty()) attach_triangles(device_.get(), scene_.get(), mesh);
  rtcCommitScene(scene_.get());
  check(device_.get(), "building the ray-tracing structure");
}

bool RayScene::intersect(const Ray& ray, RayHit& nearest) const {
  if (log_ != nullptr) log_->push_back({ray, false});
  RTCRayHit query;
  set_ray(query.ray, ray);
  query.hit.geomID = RTC_INVALID_GEOMETRY_ID;
  query.hit.instID[0] = RTC_INVALID_GEOMETRY_ID;
  embree::intersect(scene_.get(), query);
  if (query.hit.geomID == RTC_INVALID_GEOMETRY_ID) return false;
  nearest = {query.ray.tfar, query.hit.u, query.hit.v, query.hit.primID};
  return true;
}

bool RayScene::occluded(const Ray& ray) const {
  if (log_ != nullptr) log_->push_back({ray, true});
  RTCRay query;
  set_ray(query, ray);
  embree::occluded(scene_.get(), query);
  return query.tfar < 0;
}

}  // namespace funcorr
