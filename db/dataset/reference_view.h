#pragma once

#include <filesystem>

#include "db/dataset/cameras.h"
#include "db/format/image.h"

namespace funcorr {

// reference/NNNN.npz in a folder of views: a view as the published release keeps its raw renders, in its z-up
// world space: depth (float16 [height, width], z along the optical axis, infinite where nothing is), K
// (float64 [3, 3]), RT (float64 [3, 4]: cam_from_world, OpenCV axes) and world_from_object (float64 [4, 4]),
// which takes normalised object space, that of points.npz, there. For others to read; nothing here does.
std::filesystem::path reference_view_folder(const std::filesystem::path& view_folder);
std::filesystem::path reference_view_path(const std::filesystem::path& view_folder, int view);
// `depth`: one channel, 0 where no surface is.
void save_reference_view(const std::filesystem::path& file, const ImageF& depth, const Camera& camera,
                         const Transform& release_world_from_object);

}  // namespace funcorr
