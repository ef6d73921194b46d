#include "db/dataset/heat.h"

#include <stdexcept>

#include "db/dataset/workspace.h"
#include "db/format/npy.h"

namespace funcorr {
namespace {

std::filesystem::path beside(const std::filesystem::path& asset_folder, const std::string& part,
                             const char* extension) {
  return asset_folder / "heat" / (encode_file_name(part) + extension);
}

}  // namespace

std::filesystem::path heat_path(const std::filesystem::path& asset_folder, const std::string& part) {
  return beside(asset_folder, part, ".npy");
}

std::filesystem::path heat_cloud_path(const std::filesystem::path& asset_folder, const std::string& part) {
  return beside(asset_folder, part, ".ply");
}

void save_heat(const std::filesystem::path& file, const std::vector<double>& heat) {
  save_npy(file, NpyArray::from(heat, {heat.size()}));
}

std::vector<double> load_heat(const std::filesystem::path& file) {
  const NpyArray array = load_npy(file);
  try {
    return array.as<double>();
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(file.string() + ": " + error.what());
  }
}

}  // namespace funcorr
