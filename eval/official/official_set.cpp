#include "eval/official/official_set.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "db/dataset/crop_file.h"
#include "db/dataset/mask.h"
#include "db/dataset/pair_file.h"
#include "db/dataset/rowcol.h"
#include "db/dataset/view.h"
#include "db/format/artifact.h"
#include "db/format/hash.h"
#include "db/format/text.h"
#include "eval/truth/object_files.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// "0007" is view 7; views of other names are numbered in the order of their files.
int view_number(const fs::path& root, const std::string& object, const std::string& view) {
  if (const auto number = number_in<int>(view); number && *number >= 0) return *number;
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

}  // namespace

std::string official_uid(const std::string& object) { return sha256_hex("crops/" + object, 32); }

std::string official_key(const OfficialPair& pair) {
  return annotated_pair(pair.function, official_uid(pair.object_1.name), official_uid(pair.object_2.name),
                        pair.label);
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

std::vector<fs::path> OfficialSetOptions::roots() const {
  std::vector<fs::path> all;
  for (const fs::path& root : {official_set, official_real_set})
    if (!root.empty()) all.push_back(root);
  return all;
}

const OptionList<OfficialSetOptions>& OfficialSetOptions::options() {
  using O = OfficialSetOptions;
  static const OptionList<O> list{
      option("official_set", &O::official_set)
          .help("root of a published evaluation set of rendered objects, in its own folder layout, to take "
                "pairs and crops from")
          .leaves_results(),
      option("official_real_set", &O::official_real_set)
          .help("root of a published evaluation set of photographs, in the same layout")
          .leaves_results(),
      option("official_split", &O::official_split)
          .help(
              "which split of official_set and official_real_set to take, and the one that export_to writes")
          .leaves_results(),
      option("export_to", &O::export_to)
          .help("folder that all pairs are also written to, in the layout of official_set")
          .leaves_results(),
  };
  return list;
}

std::map<std::string, OfficialPair> list_official_set(const OfficialSetOptions& options,
                                                      std::vector<std::string>& skipped) {
  std::map<std::string, OfficialPair> pairs;
  std::map<std::string, PairSet> set_of;  // by object
  for (const auto& [set, name] :
       {std::pair{PairSet::kSynthetic, "official_set"}, {PairSet::kReal, "official_real_set"}}) {
    if (options.root(set).empty()) continue;
    try {
      for (OfficialPair& pair : list_official_pairs(options.root(set), options.official_split, skipped)) {
        pair.set = set;
        for (const OfficialObject& object : {pair.object_1, pair.object_2})
          if (set_of.emplace(object.name, set).first->second != set)
            throw std::runtime_error("the object " + object.name +
                                     " stands in official_set too; they are to be two sets");
        pairs.emplace(official_key(pair), std::move(pair));
      }
    } catch (const std::runtime_error& error) {
      throw UsageError("pair: " + std::string(name) + ": " + error.what());
    }
  }
  return pairs;
}

void to_json(json& out, const OfficialPair& pair) {
  out = {{"function", pair.function},      {"label", pair.label},
         {"object_1", pair.object_1.name}, {"object_2", pair.object_2.name},
         {"folder", pair.folder.string()}, {"set", pair.set}};
}

void from_json(const json& in, OfficialPair& pair) {
  pair = {in.at("function"),
          in.at("label"),
          official_object(in.at("object_1").get<std::string>()),
          official_object(in.at("object_2").get<std::string>()),
          in.at("folder").get<std::string>(),
          in.at("set").get<PairSet>()};
}

std::vector<Pair> import_official_pair(const Workspace& workspace, const fs::path& root,
                                       const OfficialPair& pair) {
  const std::string key = official_key(pair);
  std::vector<Pair> rows;
  for (const OfficialTrial& trial : load_official_trials(pair)) {
    if (trial.pairs.empty()) continue;
    const fs::path path = pair_path(key, trial.number);
    write_artifact(workspace.root / path,
                   [&](const fs::path& temporary) { save_pair_file(temporary, trial.pairs); });
    rows.push_back({pair_id(key, trial.number), pair.function, official_uid(pair.object_1.name),
                    official_uid(pair.object_2.name), pair.object_1.category, pair.object_2.category,
                    pair.label, trial.number, import_view(workspace, root, pair.object_1.name, trial.view_1),
                    import_view(workspace, root, pair.object_2.name, trial.view_2),
                    static_cast<std::int64_t>(trial.pairs.size()), 0, path.string(), pair.set});
  }
  return rows;
}

std::vector<Asset> official_assets(const fs::path& root, const OfficialPair& pair) {
  std::vector<Asset> assets;
  for (const OfficialObject& object : {pair.object_1, pair.object_2}) {
    Asset& asset = assets.emplace_back();
    asset.uid = official_uid(object.name);
    asset.name = object.name;
    asset.root = root.string();
    asset.path = official_rgb_file(object.name, view_name(0)).parent_path().string();
    asset.format = kCropsFormat;
    asset.category = object.category;
  }
  return assets;
}

OfficialExport::OfficialExport(Workspace workspace, OfficialSetOptions options, MasksOf masks_of)
    : workspace_(std::move(workspace)), options_(std::move(options)), masks_of_(std::move(masks_of)) {}

void OfficialExport::add(const Pair& pair) {
  const OfficialPair official{pair.function,
                              pair.label,
                              {official_object_name(pair.uid_1, pair.category_1), pair.category_1},
                              {official_object_name(pair.uid_2, pair.category_2), pair.category_2},
                              {},
                              pair.set};
  std::vector<Pixel> pixels_1, pixels_2;
  for (const PixelPair& match : load_pair_file(workspace_.root / pair.path)) {
    pixels_1.push_back(match.first);
    pixels_2.push_back(match.second);
  }
  const auto write_side = [&](const std::string& uid, const std::string& object, int view,
                              const std::vector<Pixel>& pixels) {
    const fs::path file =
        official_points_file(options_.official_split, official, pair.trial, object, view_name(view));
    write_artifact(options_.export_to / file,
                   [&](const fs::path& temporary) { save_npy(temporary, rowcol_array(pixels)); });
    if (views_.insert({uid, view}).second) add_view(uid, object, view);
  };
  write_side(pair.uid_1, official.object_1.name, pair.view_1, pixels_1);
  write_side(pair.uid_2, official.object_2.name, pair.view_2, pixels_2);
  ++pairs_;
}

void OfficialExport::add_view(const std::string& uid, const std::string& object, int view) {
  const std::string name = view_name(view);
  const fs::path asset = workspace_.asset(uid);
  const CroppedView crop = load_cropped_view(asset, view);
  Image8 rgb(kCropSize, kCropSize, 3);
  rgb.pixels = crop.rgb;
  write_image(options_.export_to / official_rgb_file(object, name), rgb);
  write_image(options_.export_to / official_object_mask_file(object, name), mask_image(crop.object));
  for (const MaskRecord& mask : masks_of_(uid))
    if (mask.view == view)
      write_image(options_.export_to / official_part_mask_file(object, mask.part, name),
                  mask_image(load_cropped_mask(asset, view, mask_path(asset, mask.part, view))));
}

}  // namespace funcorr
