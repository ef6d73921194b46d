#pragma once

#include <filesystem>
#include <span>

#include "db/format/vector.h"

namespace funcorr {

// A point cloud to look at (MeshLab, CloudCompare, Blender): binary little-endian PLY with x, y, z, the
// colour of the heat (grey 0 → orange → dark red 1) and the heat itself as "scalar_heat". `positions` [N]
// normalised object space, `scaled_heat` [N] 0 … 1. Throws std::invalid_argument when the lengths do not
// match, std::runtime_error when the file cannot be written.
void save_heat_cloud(const std::filesystem::path& ply, std::span<const Vec3f> positions,
                     std::span<const double> scaled_heat);

}  // namespace funcorr
