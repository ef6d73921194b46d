#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "db/dataset/pixel.h"
#include "db/dataset/record/pair.h"
#include "db/format/image.h"

namespace funcorr {

// The folder layout of the published evaluation sets of rendered objects and of photographs
// alike; everything in it is crops already:
//   annotations/2d_annotations_resized/<split>/<function>/<object 1>|||<object 2>|||<label>/trial_<k>/
//       <object>|||<view>.png.npy                                   int [n, 2] (row, column), one per object
//   fully_processed_data/<object>/rgb_images_processed/<view>.png
//                                 object_masks_processed/<view>.png
//                                 pseudo_labels_processed/<part>/<view>.png
// <object> is "<uid>---<category>.glb", or any other name. Errors name the file or folder and what is wrong.

struct OfficialObject {
  std::string name, category;  // category: empty where the name tells none
};
OfficialObject official_object(const std::string& name);
std::string official_object_name(const std::string& uid, const std::string& category);

struct OfficialPair {
  std::string function, label;
  OfficialObject object_1, object_2;
  std::filesystem::path folder;  // of its trials
  PairSet set = PairSet::kSynthetic;
};
// In order of their paths. Folders whose names are not made of three parts are passed to `skipped`.
std::vector<OfficialPair> list_official_pairs(const std::filesystem::path& root, const std::string& split,
                                              std::vector<std::string>& skipped);

struct OfficialTrial {
  int number = 0;
  std::string view_1, view_2;  // "0007"
  std::vector<PixelPair> pairs;
};
std::vector<OfficialTrial> load_official_trials(const OfficialPair& pair);  // in order of number

// A view of an object: RGB on white [kCropSize, kCropSize, 3] and the object's mask [kCropSize, kCropSize,
// 1].
struct OfficialView {
  Image8 rgb, object;
};
OfficialView load_official_view(const std::filesystem::path& root, const std::string& object,
                                const std::string& view);

// Masks of the view by part; none where there are no pseudo-labels.
struct OfficialMask {
  std::string part;
  Image8 mask;
};
std::vector<OfficialMask> load_official_masks(const std::filesystem::path& root, const std::string& object,
                                              const std::string& view);

// Files of the layout, for those who write it.
std::filesystem::path official_points_file(const std::string& split, const OfficialPair& pair, int trial,
                                           const std::string& object, const std::string& view);
std::filesystem::path official_rgb_file(const std::string& object, const std::string& view);
std::filesystem::path official_object_mask_file(const std::string& object, const std::string& view);
std::filesystem::path official_part_mask_file(const std::string& object, const std::string& part,
                                              const std::string& view);

}  // namespace funcorr
