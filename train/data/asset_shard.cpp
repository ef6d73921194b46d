#include "train/data/asset_shard.h"

#include <stdexcept>
#include <utility>

#include "db/dataset/crop.h"
#include "db/dataset/mask.h"
#include "db/dataset/view.h"
#include "db/dataset/visible_points.h"

namespace funcorr {

ShardContent crop_asset(const std::filesystem::path& asset_folder, int views,
                        const std::vector<ShardPart>& parts) {
  const std::filesystem::path folder = view_folder(asset_folder, ViewSet::kTrain);
  ShardContent content;
  content.parts = parts;
  for (int number = 0; number < views; ++number) {
    const Image8 rgba = load_view_image(view_image_path(folder, number));
    ObjectCrop crop;
    try {
      crop = crop_object(rgba);
    } catch (const std::invalid_argument&) {
      continue;  // nothing to be seen
    }
    ShardContent::View view;
    view.number = number;
    view.object = crop_mask_of(crop.object);
    for (const ShardPart& part : parts)
      view.in_parts.push_back(
          load_mask_in_crop(mask_path(asset_folder, part.name, number), rgba, crop.window));
    view.points =
        crop_points(load_visible_points(visible_points_path(folder, number)), crop.window, crop.object);
    view.rgb = std::move(crop.rgb.pixels);
    content.views.push_back(std::move(view));
  }
  return content;
}

}  // namespace funcorr
