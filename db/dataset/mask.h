#pragma once

#include <filesystem>
#include <string>

#include "db/dataset/crop.h"

namespace funcorr {

// mask/<part>/NNNN.png in an asset's folder: where a training view shows a part. One channel of the view's
// size, inside above 127; as it is beside crop/NNNN.png.
std::filesystem::path mask_folder(const std::filesystem::path& asset_folder, const std::string& part);
std::filesystem::path mask_path(const std::filesystem::path& asset_folder, const std::string& part, int view);
void save_mask(const std::filesystem::path& file, const Image8& mask);
// Throws std::runtime_error that names the file where it is not one channel of width × height.
Image8 load_mask(const std::filesystem::path& file, int width, int height);
// Of a view of that size, in the window of its crop; empty where there is no such file.
CropMask load_mask_in_crop(const std::filesystem::path& file, const Image8& view, const CropWindow& window);

}  // namespace funcorr
