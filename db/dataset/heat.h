#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace funcorr {

// heat/<part>.npy in an asset's folder: float64 [N], ≥ 0, by row of points.npz.
std::filesystem::path heat_path(const std::filesystem::path& asset_folder, const std::string& part);
void save_heat(const std::filesystem::path& file, const std::vector<double>& heat);
// Throws std::runtime_error that names the file and what is wrong with it.
std::vector<double> load_heat(const std::filesystem::path& file);

// heat/<part>.ply beside it, to look at.
std::filesystem::path heat_cloud_path(const std::filesystem::path& asset_folder, const std::string& part);

}  // namespace funcorr
