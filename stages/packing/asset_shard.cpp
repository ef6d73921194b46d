#include "stages/packing/asset_shard.h"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "db/dataset/crop.h"
#include "db/format/image.h"
#include "db/format/npy.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
static_assert(kCropSize == kShardImagePx);

// A mask file in the view's window.
std::vector<std::uint8_t> cropped_mask(const fs::path& file, const Image8& view, const CropWindow& window) {
  if (!fs::exists(file)) return std::vector<std::uint8_t>(kShardPixels, 0);
  const Image8 mask = load_image8(file);
  if (mask.channels != 1 || mask.width != view.width || mask.height != view.height)
    throw std::runtime_error(fmt::format("{}: {} × {} px with {} channels; a mask of {} × {} px is expected",
                                         file.string(), mask.width, mask.height, mask.channels, view.width,
                                         view.height));
  std::vector<std::uint8_t> pixels = crop_mask(mask, window).pixels;
  for (std::uint8_t& pixel : pixels) pixel = pixel > 127 ? 1 : 0;
  return pixels;
}

std::vector<std::uint8_t> object_pixels(const Image8& cropped) {
  std::vector<std::uint8_t> pixels = cropped.pixels;
  for (std::uint8_t& pixel : pixels) pixel = pixel > 127 ? 1 : 0;
  return pixels;
}

void add_points(const fs::path& file, const ObjectCrop& crop, ShardContent::View& view) {
  const auto arrays = load_npz(file);
  if (!arrays.contains("point_ids") || !arrays.contains("pixels_rowcol"))
    throw std::runtime_error(file.string() + ": point_ids or pixels_rowcol is missing");
  const auto ids = arrays.at("point_ids").as<std::int32_t>();
  const auto pixels = arrays.at("pixels_rowcol").as<std::int16_t>();
  if (pixels.size() != 2 * ids.size())
    throw std::runtime_error(file.string() + ": point_ids and pixels_rowcol differ in length");
  CropPoints points = crop_points(ids, pixels, crop.window, crop.object);
  view.point_ids = std::move(points.ids);
  for (const auto& [x, y] : points.pixels_xy)
    view.point_pixels.push_back(static_cast<PixelIndex>(y * kShardImagePx + x));
}

}  // namespace

ShardContent crop_asset(const fs::path& asset_folder, int views, const std::vector<ShardPart>& parts,
                        const MaskFile& mask_file) {
  ShardContent content;
  content.parts = parts;
  for (int number = 0; number < views; ++number) {
    const std::string stem = (asset_folder / "train" / fmt::format("{:04}", number)).string();
    const Image8 rgba = load_image8(stem + ".png");
    ObjectCrop crop;
    try {
      crop = crop_object(rgba);
    } catch (const std::invalid_argument&) {
      continue;  // nothing to be seen
    }
    ShardContent::View view;
    view.number = number;
    view.object = object_pixels(crop.object);
    for (const ShardPart& part : parts)
      view.in_parts.push_back(cropped_mask(mask_file(part.name, number), rgba, crop.window));
    add_points(stem + ".npz", crop, view);
    view.rgb = std::move(crop.rgb.pixels);
    content.views.push_back(std::move(view));
  }
  return content;
}

}  // namespace funcorr
