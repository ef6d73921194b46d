#pragma once

#include <array>
#include <string>
#include <vector>

#include "db/format/image.h"
#include "db/format/named_enum.h"
#include "render/camera.h"
#include "render/integrator/path_tracer.h"

namespace funcorr {

// The files of a view, and what every number in them means.
//
// Frame: normalised object space — right-handed, y up, bounding-box centre at the origin, max |coordinate| =
// 0.5 (geometry.json of the asset holds normalized_from_asset). Cameras: OpenCV axes (x right, y down, z
// forward), `K` in pixels, `cam_from_world` from normalised object space. The centre of column u, row v is
// (u+0.5, v+0.5). Row 0 is the top.
//
// NNNN.png  8-bit sRGB with straight alpha: the light of all paths through the pixel filter, developed by the
//           standard view transform. alpha = coverage: the share of the pixel's paths that met the object.
//           The object mask is alpha > 0.5 (code ≥ 128).
// NNNN.exr  one file of the channels asked for. All but RGBA belong to the one ray through the pixel's
//           centre, without any filter; the first surface of opacity ½ or more counts. Groups:
//   RGBA  R G B A            linear radiance premultiplied by coverage, unclamped, and the coverage; half
//   A     A                  the coverage alone
//   Z     Z                  z-depth: distance along the optical axis, normalised units; 0 = no surface
//   N     N.X N.Y N.Z        geometric normal: of the triangle, unit, in object axes, on the side that is
//                            seen; 0 = no surface
//   Ns    Ns.X Ns.Y Ns.Z     shading normal: interpolated and normal-mapped, likewise
//   P     P.X P.Y P.Z        position of the surface in normalised object space; 0 where Z is
//   part  part.id            index into the asset's part names (geometry.json "parts"); −1 = no surface, or a
//                            surface that belongs to no named part
// NNNN.npz  the surface points that the view shows: point_ids (rows of points.npz) and pixels_rowcol.
enum class ChannelGroup { kColor, kCoverage, kDepth, kNormal, kShadingNormal, kPosition, kPart };
constexpr auto names_of(ChannelGroup) {
  return std::to_array<EnumName<ChannelGroup>>({{ChannelGroup::kColor, "RGBA"},
                                                {ChannelGroup::kCoverage, "A"},
                                                {ChannelGroup::kDepth, "Z"},
                                                {ChannelGroup::kNormal, "N"},
                                                {ChannelGroup::kShadingNormal, "Ns"},
                                                {ChannelGroup::kPosition, "P"},
                                                {ChannelGroup::kPart, "part"}});
}

// The channels of some groups, in the order of ChannelGroup, each once.
std::vector<std::string> channel_names(const std::vector<ChannelGroup>& groups);

// Those channels of a view. `radiance`: what PathTracer::radiance made of the same camera; used for colour
// and coverage only, may be empty (no pixels) where neither is wanted. [height, width, channels]. The result
// does not depend on `threads` (0: all of the machine).
ImageF view_channels(const PathTracer& tracer, const Camera& camera, const ImageF& radiance,
                     const std::vector<ChannelGroup>& groups, int threads = 0);

}  // namespace funcorr
