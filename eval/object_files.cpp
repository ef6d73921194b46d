#include "eval/object_files.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "db/dataset/crop.h"
#include "db/format/image.h"
#include "db/format/npy.h"
#include "render/camera.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// The arrays of one .npz, by name.
class ArrayFile {
 public:
  explicit ArrayFile(fs::path file) : file_(std::move(file)), arrays_(load_npz(file_)) {}

  bool contains(const std::string& name) const { return arrays_.contains(name); }

  // Throws std::runtime_error that names file and array where it is absent, of another type or length.
  template <typename T>
  std::vector<T> read(const std::string& name, std::size_t columns) const {
    const auto found = arrays_.find(name);
    if (found == arrays_.end()) throw std::runtime_error(file_.string() + " has no array \"" + name + "\"");
    try {
      std::vector<T> values = found->second.as<T>();
      if (values.size() % columns == 0) return values;
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(fmt::format("{}, array \"{}\": {}", file_.string(), name, error.what()));
    }
    throw std::runtime_error(
        fmt::format("{}, array \"{}\": rows of {} are expected", file_.string(), name, columns));
  }

  std::vector<Vec3d> read_vectors(const std::string& name) const {
    const auto values = read<float>(name, 3);
    std::vector<Vec3d> vectors;
    vectors.reserve(values.size() / 3);
    for (std::size_t i = 0; i < values.size(); i += 3)
      vectors.push_back({values[i], values[i + 1], values[i + 2]});
    return vectors;
  }

 private:
  fs::path file_;
  std::map<std::string, NpyArray> arrays_;
};

json read_geometry(const fs::path& asset_folder) {
  const fs::path file = asset_folder / "geometry.json";
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error("cannot read " + file.string() + "; it is made by funcorr-filter");
  json geometry = json::parse(stream, nullptr, false);
  if (!geometry.is_object()) throw std::runtime_error(file.string() + " is no JSON object");
  return geometry;
}

// Part ids of names that are true parts or aliases of such.
std::set<std::int32_t> part_ids(const json& geometry, const std::vector<std::string>& names) {
  const auto true_names = geometry.at("parts").get<std::vector<std::string>>();
  const auto aliases = geometry.value("part_aliases", std::map<std::string, std::vector<std::string>>{});
  std::set<std::int32_t> ids;
  for (const std::string& name : names) {
    const auto alias = aliases.find(name);
    for (const std::string& part : alias != aliases.end() ? alias->second : std::vector{name})
      if (const auto found = std::find(true_names.begin(), true_names.end(), part); found != true_names.end())
        ids.insert(static_cast<std::int32_t>(found - true_names.begin()));
  }
  return ids;
}

CropMask to_crop_mask(const Image8& cropped) {
  CropMask mask(cropped.pixels.size());
  std::transform(cropped.pixels.begin(), cropped.pixels.end(), mask.begin(),
                 [](std::uint8_t value) { return static_cast<std::uint8_t>(value > 127 ? 1 : 0); });
  return mask;
}

// The window is that of the whole crop.
ObjectCrop load_stored_crop(const fs::path& file) {
  const Image8 rgba = load_image8(file);
  if (rgba.width != kCropSize || rgba.height != kCropSize || rgba.channels != 4)
    throw std::runtime_error(fmt::format("{}: {} × {} px with {} channels; an RGBA crop of {} px is expected",
                                         file.string(), rgba.width, rgba.height, rgba.channels, kCropSize));
  ObjectCrop crop{{0, 0, 0, kCropSize}, composite_on_white(rgba), Image8(kCropSize, kCropSize, 1)};
  for (std::size_t i = 0; i < crop.object.pixels.size(); ++i)
    crop.object.pixels[i] = rgba.pixels[4 * i + 3] > 127 ? 255 : 0;
  return crop;
}

ObjectCrop load_crop(const fs::path& asset_folder, int view) {
  if (const fs::path stored = crop_file(asset_folder, view); fs::exists(stored))
    return load_stored_crop(stored);
  const fs::path file = training_view_file(asset_folder, view, ".png");
  try {
    return crop_object(load_image8(file));
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error(file.string() + ": " + error.what());
  }
}

}  // namespace

fs::path crop_file(const fs::path& asset_folder, int view) {
  return asset_folder / "crop" / fmt::format("{:04}.png", view);
}

fs::path training_view_file(const fs::path& asset_folder, int view, const std::string& extension) {
  return asset_folder / "train" / (fmt::format("{:04}", view) + extension);
}

ObjectViews load_object_views(const fs::path& asset_folder) {
  ObjectViews object;
  const ArrayFile surface(asset_folder / "points.npz");
  object.points = surface.read_vectors("points");
  if (surface.contains("normals")) object.normals = surface.read_vectors("normals");
  object.cameras = read_cameras(asset_folder / "train" / "cameras.json");
  for (std::size_t view = 0; view < object.cameras.size(); ++view) {
    const fs::path file = training_view_file(asset_folder, static_cast<int>(view), ".npz");
    object.visible_ids.push_back(ArrayFile(file).read<std::int32_t>("point_ids", 1));
    for (const std::int32_t id : object.visible_ids.back())
      if (id < 0 || static_cast<std::size_t>(id) >= object.points.size())
        throw std::runtime_error(fmt::format("{}: point {} does not exist; the asset has {} points",
                                             file.string(), id, object.points.size()));
  }
  return object;
}

FramedPart load_framed_part(const fs::path& asset_folder, const std::string& uid,
                            const std::string& function) {
  const json geometry = read_geometry(asset_folder);
  const json functions = geometry.value("functions", json::object());
  if (!functions.contains(function))
    throw std::invalid_argument("asset " + uid + " has no functional frame for \"" + function + "\"");
  FramedPart part;
  std::set<std::int32_t> ids;
  try {
    const json& frame = functions.at(function);
    part.uid = uid;
    part.normalized_from_function =
        Transform::from_matrix(frame.at("normalized_from_function").get<std::array<double, 16>>());
    ids = part_ids(geometry, frame.at("parts").get<std::vector<std::string>>());
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{}, function \"{}\": {}", (asset_folder / "geometry.json").string(),
                                         function, error.what()));
  }
  const ArrayFile surface(asset_folder / "points.npz");
  const std::vector<Vec3d> points = surface.read_vectors("points");
  const auto part_of_point = surface.read<std::int16_t>("part", 1);
  if (part_of_point.size() != points.size())
    throw std::runtime_error((asset_folder / "points.npz").string() + ": points and part differ in length");
  for (std::size_t i = 0; i < points.size(); ++i)
    if (ids.contains(part_of_point[i])) part.part_points.push_back(points[i]);
  if (part.part_points.empty())
    throw std::invalid_argument("asset " + uid + ": no surface point lies on the parts of \"" + function +
                                "\"");
  return part;
}

std::vector<std::string> functions_with_frames(const fs::path& asset_folder) {
  std::vector<std::string> names;
  const json geometry = read_geometry(asset_folder);
  const json functions = geometry.value("functions", json::object());
  for (const auto& [name, frame] : functions.items())
    if (frame.contains("normalized_from_function")) names.push_back(name);
  return names;  // a json object's keys are sorted
}

std::optional<std::vector<bool>> true_part_points(const fs::path& asset_folder, const std::string& part) {
  const std::set<std::int32_t> ids = part_ids(read_geometry(asset_folder), {part});
  if (ids.empty()) return std::nullopt;
  std::vector<bool> on_part;
  for (const std::int32_t id : ArrayFile(asset_folder / "points.npz").read<std::int16_t>("part", 1))
    on_part.push_back(ids.contains(id));
  return on_part;
}

CroppedView load_cropped_view(const fs::path& asset_folder, int view) {
  ObjectCrop crop = load_crop(asset_folder, view);
  return {std::move(crop.rgb.pixels), to_crop_mask(crop.object)};
}

CropMask load_cropped_mask(const fs::path& asset_folder, int view, const fs::path& mask_file) {
  if (!fs::exists(mask_file)) return CropMask(static_cast<std::size_t>(kCropSize) * kCropSize, 0);
  const bool is_crop = fs::exists(crop_file(asset_folder, view));
  const Image8 mask = load_image8(mask_file);
  const Image8 rgba =
      load_image8(is_crop ? crop_file(asset_folder, view) : training_view_file(asset_folder, view, ".png"));
  if (mask.channels != 1 || mask.width != rgba.width || mask.height != rgba.height)
    throw std::runtime_error(fmt::format("{}: {} × {} px with {} channels; a mask of {} × {} px is expected",
                                         mask_file.string(), mask.width, mask.height, mask.channels,
                                         rgba.width, rgba.height));
  return to_crop_mask(is_crop ? mask : crop_mask(mask, crop_object(rgba).window));
}

std::vector<VisiblePoint> load_visible_points(const fs::path& asset_folder, int view) {
  const ArrayFile visible(training_view_file(asset_folder, view, ".npz"));
  const auto ids = visible.read<std::int32_t>("point_ids", 1);
  const auto pixels = visible.read<std::int16_t>("pixels_rowcol", 2);
  if (pixels.size() != 2 * ids.size())
    throw std::runtime_error(training_view_file(asset_folder, view, ".npz").string() +
                             ": point_ids and pixels_rowcol differ in length");
  const ObjectCrop crop = load_crop(asset_folder, view);
  const CropPoints kept = crop_points(ids, pixels, crop.window, crop.object);
  std::vector<VisiblePoint> points;
  points.reserve(kept.ids.size());
  for (std::size_t i = 0; i < kept.ids.size(); ++i)
    points.push_back({kept.ids[i], {kept.pixels_xy[i][0], kept.pixels_xy[i][1]}});
  return points;
}

}  // namespace funcorr
