#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "eval/matching/crop_features.h"
#include "eval/truth/annotation.h"
#include "eval/truth/frames.h"
#include "eval/truth/ground_truth.h"

namespace funcorr {

// Reads what filter, render and mask left in an asset's folder A. Every function throws std::runtime_error
// that names the file where one is missing or does not fit the others.

// A/points.npz, A/train/cameras.json and the ids of A/train/<view>.npz.
ObjectViews load_object_views(const std::filesystem::path& asset_folder);

// The functional frame of the sidecar, from A/geometry.json, and the true points of its parts. Throws
// std::invalid_argument where the asset has no frame for the function or the parts have no points.
FramedPart load_framed_part(const std::filesystem::path& asset_folder, const std::string& uid,
                            const std::string& function);
// Functions of A/geometry.json that have a frame, sorted.
std::vector<std::string> functions_with_frames(const std::filesystem::path& asset_folder);

// Which surface points of the asset truly lie on a part, by name or alias, from A/geometry.json and
// A/points.npz: [N]. Nothing where the asset's file does not name such a part.
std::optional<std::vector<bool>> true_part_points(const std::filesystem::path& asset_folder,
                                                  const std::string& part);

// A training view cropped to 224 px as the release does; or the crop itself, where an asset of a published
// evaluation set has nothing else (A/crop/<view>.png: RGB on white, alpha = the object's mask).
struct CroppedView {
  std::vector<std::uint8_t> rgb;  // [224, 224, 3], on white
  CropMask object;                // [224·224]
};
CroppedView load_cropped_view(const std::filesystem::path& asset_folder, int view);
// A mask of the same view (8-bit, any value above 127 is inside), cropped likewise, or as it is beside
// A/crop; outside where the file does not exist.
CropMask load_cropped_mask(const std::filesystem::path& asset_folder, int view,
                           const std::filesystem::path& mask_file);

// Points of one view that fall into the crop and on the object there, and their crop pixels, in the order of
// A/train/<view>.npz.
struct VisiblePoint {
  std::int32_t id = 0;
  Pixel pixel;
};
std::vector<VisiblePoint> load_visible_points(const std::filesystem::path& asset_folder, int view);

// A/crop/0007.png.
std::filesystem::path crop_file(const std::filesystem::path& asset_folder, int view);

// A/train/0007.png and so on.
std::filesystem::path training_view_file(const std::filesystem::path& asset_folder, int view,
                                         const std::string& extension);

}  // namespace funcorr
