#pragma once

#include <filesystem>

#include "db/dataset/crop.h"

namespace funcorr {

// crop/NNNN.png in an asset's folder: the crop of a view, where an asset of a published evaluation set has
// nothing else. RGBA: RGB on white, alpha = the object's mask.
std::filesystem::path crop_path(const std::filesystem::path& asset_folder, int view);
// rgb: [kCropSize, kCropSize, 3]; object: [kCropSize, kCropSize, 1]. Throws std::invalid_argument for others.
void save_crop(const std::filesystem::path& file, const Image8& rgb, const Image8& object);
// The window is that of the whole crop. Throws std::runtime_error that names the file where it does not fit.
ObjectCrop load_crop(const std::filesystem::path& file);

}  // namespace funcorr
