#include "eval/official/official_layout.h"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "db/dataset/crop.h"
#include "db/dataset/rowcol.h"
#include "db/format/text.h"

namespace funcorr {
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kBar = "|||", kCategory = "---", kMesh = ".glb", kPoints = ".png.npy";

std::vector<std::string> split_at_bars(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t bar; (bar = text.find(kBar, begin)) != std::string::npos; begin = bar + kBar.size())
    parts.push_back(text.substr(begin, bar - begin));
  parts.push_back(text.substr(begin));
  return parts;
}

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(folder)) entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

fs::path split_folder(const std::string& split) {
  return fs::path("annotations") / "2d_annotations_resized" / split;
}

std::string pair_name(const OfficialPair& pair) {
  return fmt::format("{0}{3}{1}{3}{2}", pair.object_1.name, pair.object_2.name, pair.label, kBar);
}

// The number of "trial_<k>".
std::optional<int> trial_number(const std::string& name) {
  constexpr std::string_view prefix = "trial_";
  if (!name.starts_with(prefix)) return std::nullopt;
  return number_in<int>(std::string_view(name).substr(prefix.size()));
}

// The object's pixels in the trial, and the view they are of.
std::pair<std::string, std::vector<Pixel>> load_side(const fs::path& trial, const std::string& object) {
  const std::string prefix = object + std::string(kBar);
  for (const fs::path& file : sorted_entries(trial)) {
    const std::string name = file.filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(kPoints)) continue;
    const std::string view = name.substr(prefix.size(), name.size() - prefix.size() - kPoints.size());
    try {
      std::vector<Pixel> pixels = pixels_of_rowcol(load_npy(file));
      for (const Pixel& pixel : pixels)
        if (!is_in_crop(pixel))
          throw std::runtime_error(fmt::format("(row, column) = ({}, {}) is outside of the {} px crop",
                                               pixel.y, pixel.x, kCropSize));
      return {view, std::move(pixels)};
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(file.string() + ": " + error.what());
    }
  }
  throw std::runtime_error(trial.string() + ": there is no " + prefix + "<view>" + std::string(kPoints));
}

Image8 load_crop_image(const fs::path& file) {
  Image8 image = load_image8(file);
  if (image.width != kCropSize || image.height != kCropSize)
    throw std::runtime_error(fmt::format("{}: {} × {} px; {} × {} are expected", file.string(), image.width,
                                         image.height, kCropSize, kCropSize));
  return image;
}

// A mask: the first channel, 0 or 255.
Image8 load_mask(const fs::path& file) {
  const Image8 image = load_crop_image(file);
  Image8 mask(image.width, image.height, 1);
  for (std::size_t i = 0; i < mask.pixels.size(); ++i)
    mask.pixels[i] = image.pixels[i * static_cast<std::size_t>(image.channels)] > kMaskThreshold ? 255 : 0;
  return mask;
}

fs::path object_folder(const std::string& object) { return fs::path("fully_processed_data") / object; }

}  // namespace

OfficialObject official_object(const std::string& name) {
  const auto dashes = name.find(kCategory);
  if (dashes == std::string::npos) return {name, {}};
  std::string category = name.substr(dashes + kCategory.size());
  if (category.ends_with(kMesh)) category.resize(category.size() - kMesh.size());
  return {name, category};
}

std::string official_object_name(const std::string& uid, const std::string& category) {
  return uid + std::string(kCategory) + category + std::string(kMesh);
}

std::vector<OfficialPair> list_official_pairs(const fs::path& root, const std::string& split,
                                              std::vector<std::string>& skipped) {
  const fs::path annotations = root / split_folder(split);
  if (!fs::is_directory(annotations))
    throw std::runtime_error(annotations.string() + ": there is no such folder; is " + root.string() +
                             " the root of an evaluation set, and is \"" + split + "\" one of its splits?");
  std::vector<OfficialPair> pairs;
  for (const fs::path& function : sorted_entries(annotations)) {
    if (!fs::is_directory(function)) continue;
    for (const fs::path& folder : sorted_entries(function)) {
      const std::vector<std::string> names = split_at_bars(folder.filename().string());
      if (names.size() != 3 || !fs::is_directory(folder) || names[0] == names[1])
        skipped.push_back(folder.string());
      else
        pairs.push_back({function.filename().string(), names[2], official_object(names[0]),
                         official_object(names[1]), folder});
    }
  }
  return pairs;
}

std::vector<OfficialTrial> load_official_trials(const OfficialPair& pair) {
  std::vector<OfficialTrial> trials;
  for (const fs::path& folder : sorted_entries(pair.folder)) {
    const auto number = trial_number(folder.filename().string());
    if (!number || !fs::is_directory(folder)) continue;
    const auto [view_1, pixels_1] = load_side(folder, pair.object_1.name);
    const auto [view_2, pixels_2] = load_side(folder, pair.object_2.name);
    if (pixels_1.size() != pixels_2.size())
      throw std::runtime_error(
          fmt::format("{}: {} pixels of one object and {} of the other; row i of one belongs "
                      "to row i of the other",
                      folder.string(), pixels_1.size(), pixels_2.size()));
    OfficialTrial trial{*number, view_1, view_2, {}};
    for (std::size_t i = 0; i < pixels_1.size(); ++i) trial.pairs.push_back({pixels_1[i], pixels_2[i]});
    trials.push_back(std::move(trial));
  }
  std::sort(trials.begin(), trials.end(),
            [](const OfficialTrial& a, const OfficialTrial& b) { return a.number < b.number; });
  return trials;
}

OfficialView load_official_view(const fs::path& root, const std::string& object, const std::string& view) {
  const Image8 image = load_crop_image(root / official_rgb_file(object, view));
  if (image.channels < 3)
    throw std::runtime_error((root / official_rgb_file(object, view)).string() +
                             ": an RGB image is expected");
  OfficialView result{Image8(image.width, image.height, 3),
                      load_mask(root / official_object_mask_file(object, view))};
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      if (*result.object.at(x, y) > 0)
        std::copy_n(image.at(x, y), 3, result.rgb.at(x, y));
      else
        std::fill_n(result.rgb.at(x, y), 3, std::uint8_t{255});
  return result;
}

std::vector<OfficialMask> load_official_masks(const fs::path& root, const std::string& object,
                                              const std::string& view) {
  const fs::path folder = root / object_folder(object) / "pseudo_labels_processed";
  std::vector<OfficialMask> masks;
  if (!fs::is_directory(folder)) return masks;
  for (const fs::path& part : sorted_entries(folder))
    if (const fs::path file = part / (view + ".png"); fs::exists(file))
      masks.push_back({part.filename().string(), load_mask(file)});
  return masks;
}

fs::path official_points_file(const std::string& split, const OfficialPair& pair, int trial,
                              const std::string& object, const std::string& view) {
  return split_folder(split) / pair.function / pair_name(pair) / fmt::format("trial_{}", trial) /
         fmt::format("{}{}{}{}", object, kBar, view, kPoints);
}

fs::path official_rgb_file(const std::string& object, const std::string& view) {
  return object_folder(object) / "rgb_images_processed" / (view + ".png");
}

fs::path official_object_mask_file(const std::string& object, const std::string& view) {
  return object_folder(object) / "object_masks_processed" / (view + ".png");
}

fs::path official_part_mask_file(const std::string& object, const std::string& part,
                                 const std::string& view) {
  return object_folder(object) / "pseudo_labels_processed" / part / (view + ".png");
}

}  // namespace funcorr
