#include "db/dataset/crop_file.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "db/dataset/view.h"

namespace funcorr {

std::filesystem::path crop_path(const std::filesystem::path& asset_folder, int view) {
  return asset_folder / "crop" / (view_name(view) + ".png");
}

void save_crop(const std::filesystem::path& file, const Image8& rgb, const Image8& object) {
  if (rgb.pixels.size() != 3UL * kCropPixels || object.pixels.size() != kCropPixels)
    throw std::invalid_argument(fmt::format("a crop must have {} px of colour and of mask", kCropSize));
  Image8 rgba(kCropSize, kCropSize, 4);
  for (std::size_t i = 0; i < kCropPixels; ++i) {
    std::copy_n(&rgb.pixels[3 * i], 3, &rgba.pixels[4 * i]);
    rgba.pixels[4 * i + 3] = object.pixels[i];
  }
  save_png(file, rgba);
}

ObjectCrop load_crop(const std::filesystem::path& file) {
  const Image8 rgba = load_image8(file);
  if (rgba.width != kCropSize || rgba.height != kCropSize || rgba.channels != 4)
    throw std::runtime_error(fmt::format("{}: {} × {} px with {} channels; an RGBA crop of {} px is expected",
                                         file.string(), rgba.width, rgba.height, rgba.channels, kCropSize));
  ObjectCrop crop{{0, 0, 0, kCropSize}, composite_on_white(rgba), Image8(kCropSize, kCropSize, 1)};
  for (std::size_t i = 0; i < kCropPixels; ++i)
    crop.object.pixels[i] = rgba.pixels[4 * i + 3] > kMaskThreshold ? 255 : 0;
  return crop;
}

}  // namespace funcorr
