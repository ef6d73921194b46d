#include "stages/pairing/official_set.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "db/dataset/crop_file.h"
#include "db/dataset/mask.h"
#include "db/dataset/pair_file.h"
#include "db/dataset/rowcol.h"
#include "db/dataset/view.h"
#include "db/format/artifact.h"
#include "db/format/hash.h"
#include "db/manifest/assets.h"
#include "db/manifest/evaluation.h"
#include "db/manifest/labels.h"
#include "eval/object_files.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// "0007" is view 7; views of other names are numbered in the order of their files.
int view_number(const fs::path& root, const std::string& object, const std::string& view) {
  int number = 0;
  const char* end = view.data() + view.size();
  if (const auto [rest, error] = std::from_chars(view.data(), end, number);
      error == std::errc() && rest == end && number >= 0)
    return number;
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator((root / official_rgb_file(object, view)).parent_path()))
    names.insert(entry.path().stem().string());
  return static_cast<int>(std::distance(names.begin(), names.find(view)));
}

void write_image(const fs::path& file, const Image8& image) {
  write_artifact(file, [&](const fs::path& temporary) { save_png(temporary, image); });
}

int import_view(const Workspace& workspace, const fs::path& root, const std::string& object,
                const std::string& name) {
  const std::string uid = official_uid(object);
  const int number = view_number(root, object, name);
  const OfficialView view = load_official_view(root, object, name);
  const fs::path asset = workspace.asset(uid);
  write_artifact(crop_path(asset, number),
                 [&](const fs::path& temporary) { save_crop(temporary, view.rgb, view.object); });
  for (const OfficialMask& mask : load_official_masks(root, object, name))
    write_artifact(mask_path(asset, mask.part, number),
                   [&](const fs::path& temporary) { save_mask(temporary, mask.mask); });
  return number;
}

Image8 mask_image(const CropMask& mask) {
  Image8 image(kCropSize, kCropSize, 1);
  std::transform(mask.begin(), mask.end(), image.pixels.begin(),
                 [](std::uint8_t inside) { return static_cast<std::uint8_t>(inside ? 255 : 0); });
  return image;
}

void export_view(Manifest& manifest, const Workspace& workspace, const fs::path& folder,
                 const std::string& uid, const std::string& object, int view) {
  const std::string name = view_name(view);
  const fs::path asset = workspace.asset(uid);
  const CroppedView crop = load_cropped_view(asset, view);
  Image8 rgb(kCropSize, kCropSize, 3);
  rgb.pixels = crop.rgb;
  write_image(folder / official_rgb_file(object, name), rgb);
  write_image(folder / official_object_mask_file(object, name), mask_image(crop.object));
  for (const MaskRecord& mask : masks_of(manifest, uid))
    if (mask.view == view)
      write_image(folder / official_part_mask_file(object, mask.part, name),
                  mask_image(load_cropped_mask(asset, view, mask_path(asset, mask.part, view))));
}

}  // namespace

std::string official_uid(const std::string& object) { return sha256_hex("crops/" + object, 32); }

std::string official_key(const OfficialPair& pair) {
  return fmt::format("{}/{}|||{}|||{}", pair.function, official_uid(pair.object_1.name),
                     official_uid(pair.object_2.name), pair.label);
}

std::string official_fingerprint(const OfficialPair& pair) {
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(pair.folder))
    if (entry.is_regular_file())
      files.insert(fmt::format("{} {} {}", entry.path().string(), entry.file_size(),
                               entry.last_write_time().time_since_epoch().count()));
  std::string all;
  for (const std::string& file : files) all += file + "\n";
  return sha256_hex(all, 16);
}

std::map<std::string, OfficialPair> list_official_set(const fs::path& root, const std::string& split) {
  std::map<std::string, OfficialPair> pairs;
  std::vector<std::string> skipped;
  try {
    for (OfficialPair& pair : list_official_pairs(root, split, skipped))
      pairs.emplace(official_key(pair), std::move(pair));
  } catch (const std::runtime_error& error) {
    throw UsageError(std::string("pair: official_set: ") + error.what());
  }
  if (!skipped.empty())
    spdlog::warn(
        "pair: {} folders are no pairs of two objects (<object 1>|||<object 2>|||<label>), such as {}",
        skipped.size(), skipped.front());
  return pairs;
}

json to_json(const OfficialPair& pair) {
  return {{"function", pair.function},
          {"label", pair.label},
          {"object_1", pair.object_1.name},
          {"object_2", pair.object_2.name},
          {"folder", pair.folder.string()}};
}

OfficialPair official_pair_from_json(const json& json) {
  return {json.at("function"), json.at("label"), official_object(json.at("object_1").get<std::string>()),
          official_object(json.at("object_2").get<std::string>()), json.at("folder").get<std::string>()};
}

json import_official_pair(const Workspace& workspace, const fs::path& root, const std::string& key,
                          const OfficialPair& pair) {
  json rows = json::array();
  for (const OfficialTrial& trial : load_official_trials(pair)) {
    if (trial.pairs.empty()) continue;
    const fs::path path = pair_path(key, trial.number);
    write_artifact(workspace.root / path,
                   [&](const fs::path& temporary) { save_pair_file(temporary, trial.pairs); });
    rows.push_back({{"trial", trial.number},
                    {"view_1", import_view(workspace, root, pair.object_1.name, trial.view_1)},
                    {"view_2", import_view(workspace, root, pair.object_2.name, trial.view_2)},
                    {"points", trial.pairs.size()},
                    {"cost", 0.0},
                    {"path", path.string()}});
  }
  return rows;
}

void store_official_assets(Manifest& manifest, const fs::path& root, const OfficialPair& pair) {
  for (const OfficialObject& object : {pair.object_1, pair.object_2}) {
    Asset asset;
    asset.uid = official_uid(object.name);
    if (find_asset(manifest, asset.uid)) continue;
    asset.name = object.name;
    asset.root = root.string();
    asset.path = official_rgb_file(object.name, view_name(0)).parent_path().string();
    asset.format = kCropsFormat;
    asset.category = object.category;
    upsert_asset(manifest, asset);
  }
}

std::size_t export_official_set(Manifest& manifest, const Workspace& workspace, const fs::path& folder,
                                const std::string& split) {
  std::size_t count = 0;
  std::set<std::pair<std::string, int>> views;
  for_each_pair(manifest, [&](const Pair& pair) {
    OfficialPair official{pair.function,
                          pair.label,
                          {official_object_name(pair.uid_1, pair.category_1), pair.category_1},
                          {official_object_name(pair.uid_2, pair.category_2), pair.category_2},
                          {}};
    std::vector<Pixel> pixels_1, pixels_2;
    for (const PixelPair& match : load_pair_file(workspace.root / pair.path)) {
      pixels_1.push_back(match.first);
      pixels_2.push_back(match.second);
    }
    const auto write_side = [&](const std::string& uid, const std::string& object, int view,
                                const std::vector<Pixel>& pixels) {
      write_artifact(folder / official_points_file(split, official, pair.trial, object, view_name(view)),
                     [&](const fs::path& temporary) { save_npy(temporary, rowcol_array(pixels)); });
      if (views.insert({uid, view}).second) export_view(manifest, workspace, folder, uid, object, view);
    };
    write_side(pair.uid_1, official.object_1.name, pair.view_1, pixels_1);
    write_side(pair.uid_2, official.object_2.name, pair.view_2, pixels_2);
    ++count;
  });
  return count;
}

}  // namespace funcorr
