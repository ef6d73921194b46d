#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "render/camera.h"

namespace funcorr {

// Which pixels any ray through their area may meet a triangle in: a conservative rasterisation. All of them
// where a triangle reaches behind the camera. [height, width] 0 or 1
std::vector<std::uint8_t> covered_pixels(const Camera& camera, const std::vector<Vec3d>& positions,
                                         const std::vector<std::array<std::uint32_t, 3>>& triangles);

}  // namespace funcorr
