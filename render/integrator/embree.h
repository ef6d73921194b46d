#pragma once
// Embree 3.13 (Debian 12) and 4 (Debian 13) behind one include: the query functions changed between them.
#if __has_include(<embree4/rtcore.h>)
#include <embree4/rtcore.h>
#else
#include <embree3/rtcore.h>
#endif

namespace funcorr::embree {

inline void intersect(RTCScene scene, RTCRayHit& query) {
#if RTC_VERSION_MAJOR >= 4
  rtcIntersect1(scene, &query);
#else
  RTCIntersectContext context;
  rtcInitIntersectContext(&context);
  rtcIntersect1(scene, &context, &query);
#endif
}

// ray.tfar becomes −∞ where something is hit.
inline void occluded(RTCScene scene, RTCRay& ray) {
#if RTC_VERSION_MAJOR >= 4
  rtcOccluded1(scene, &ray);
#else
  RTCIntersectContext context;
  rtcInitIntersectContext(&context);
  rtcOccluded1(scene, &context, &ray);
#endif
}

}  // namespace funcorr::embree
