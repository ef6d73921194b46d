#include "db/dataset/mask.h"

#include <stdexcept>

#include <fmt/format.h>

#include "db/dataset/view.h"
#include "db/dataset/workspace.h"

namespace funcorr {

namespace fs = std::filesystem;

fs::path mask_folder(const fs::path& asset_folder, const std::string& part) {
  return asset_folder / "mask" / encode_file_name(part);
}

fs::path mask_path(const fs::path& asset_folder, const std::string& part, int view) {
  return mask_folder(asset_folder, part) / (view_name(view) + ".png");
}

void save_mask(const fs::path& file, const Image8& mask) {
  if (mask.channels != 1)
    throw std::invalid_argument(fmt::format("a mask of {} channels instead of one", mask.channels));
  save_png(file, mask);
}

Image8 load_mask(const fs::path& file, int width, int height) {
  Image8 mask = load_image8(file);
  if (mask.channels != 1 || mask.width != width || mask.height != height)
    throw std::runtime_error(fmt::format("{}: {} × {} px with {} channels; a mask of {} × {} px is expected",
                                         file.string(), mask.width, mask.height, mask.channels, width,
                                         height));
  return mask;
}

CropMask load_mask_in_crop(const fs::path& file, const Image8& view, const CropWindow& window) {
  if (!fs::exists(file)) return CropMask(kCropPixels, 0);
  return crop_mask_of(crop_mask(load_mask(file, view.width, view.height), window));
}

}  // namespace funcorr
