#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "db/dataset/crop.h"
#include "db/dataset/record/box.h"
#include "eval/truth/annotation.h"
#include "eval/truth/frames.h"
#include "eval/truth/ground_truth.h"

namespace funcorr {

// What evaluation needs of what filter, render and mask left in an asset's folder. Every function throws
// std::runtime_error that names the file where one is missing or does not fit the others.

// The surface points, the cameras of the training views and the ids of the points that each shows.
ObjectViews load_object_views(const std::filesystem::path& asset_folder);

// The functional frame of the sidecar and the true points of its parts. Throws std::invalid_argument where
// the asset has no frame for the function or the parts have no points.
FramedPart load_framed_part(const std::filesystem::path& asset_folder, const std::string& uid,
                            const std::string& function);
// Functions that the asset has a frame of, sorted.
std::vector<std::string> functions_with_frames(const std::filesystem::path& asset_folder);

// Which surface points of the asset truly lie on a part, by name or alias: [N]. Nothing where the asset's
// file does not name such a part.
std::optional<std::vector<bool>> true_part_points(const std::filesystem::path& asset_folder,
                                                  const std::string& part);

// A cropped training view; or the stored crop, where an asset of a published evaluation set has nothing else.
struct CroppedView {
  std::vector<std::uint8_t> rgb;  // [kCropSize, kCropSize, 3], on white
  CropMask object;
};
CroppedView load_cropped_view(const std::filesystem::path& asset_folder, int view);
// A mask of the same view (8-bit, any value above 127 is inside), cropped likewise, or as it is beside a
// stored crop; outside where the file does not exist.
CropMask load_cropped_mask(const std::filesystem::path& asset_folder, int view,
                           const std::filesystem::path& mask_file);

// The inside of boxes in the view, or in the stored crop: cropped likewise.
CropMask load_cropped_boxes(const std::filesystem::path& asset_folder, int view,
                            const std::vector<PixelBox>& boxes);

// Points of a training view that fall into the crop and on the object there, with their crop pixels.
VisiblePoints load_cropped_points(const std::filesystem::path& asset_folder, int view);

}  // namespace funcorr
