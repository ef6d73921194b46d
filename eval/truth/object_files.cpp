#include "eval/truth/object_files.h"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "db/dataset/cameras.h"
#include "db/dataset/crop_file.h"
#include "db/dataset/geometry.h"
#include "db/dataset/mask.h"
#include "db/dataset/points.h"
#include "db/dataset/view.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

std::vector<Vec3d> to_double(const std::vector<Vec3f>& vectors) {
  std::vector<Vec3d> wide;
  wide.reserve(vectors.size());
  for (const Vec3f& v : vectors) wide.push_back({v.x, v.y, v.z});
  return wide;
}

fs::path training_views(const fs::path& asset_folder) { return view_folder(asset_folder, ViewSet::kTrain); }

ObjectCrop load_object_crop(const fs::path& asset_folder, int view) {
  if (const fs::path stored = crop_path(asset_folder, view); fs::exists(stored)) return load_crop(stored);
  const fs::path file = view_image_path(training_views(asset_folder), view);
  try {
    return crop_object(load_view_image(file));
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error(file.string() + ": " + error.what());
  }
}

}  // namespace

ObjectViews load_object_views(const fs::path& asset_folder) {
  const SurfacePoints surface = load_points(points_path(asset_folder));
  const fs::path views = training_views(asset_folder);
  ObjectViews object{
      to_double(surface.positions), to_double(surface.normals), read_cameras(cameras_path(views)), {}};
  for (std::size_t view = 0; view < object.cameras.size(); ++view) {
    const fs::path file = visible_points_path(views, static_cast<int>(view));
    object.visible_ids.push_back(load_visible_points(file).ids);
    for (const std::int32_t id : object.visible_ids.back())
      if (id < 0 || static_cast<std::size_t>(id) >= object.points.size())
        throw std::runtime_error(fmt::format("{}: point {} does not exist; the asset has {} points",
                                             file.string(), id, object.points.size()));
  }
  return object;
}

FramedPart load_framed_part(const fs::path& asset_folder, const std::string& uid,
                            const std::string& function) {
  const Geometry geometry = load_geometry(geometry_path(asset_folder));
  const auto frame = geometry.functions.find(function);
  if (frame == geometry.functions.end())
    throw std::invalid_argument("asset " + uid + " has no functional frame for \"" + function + "\"");
  std::set<std::int16_t> ids;
  for (const std::string& name : frame->second.parts) ids.merge(geometry.part_ids(name));
  FramedPart part{uid, {}, frame->second.normalized_from_function};
  const SurfacePoints surface = load_points(points_path(asset_folder));
  for (std::size_t i = 0; i < surface.parts.size(); ++i)
    if (const Vec3f& point = surface.positions[i]; ids.contains(surface.parts[i]))
      part.part_points.push_back({point.x, point.y, point.z});
  if (part.part_points.empty())
    throw std::invalid_argument("asset " + uid + ": no surface point lies on the parts of \"" + function +
                                "\"");
  return part;
}

std::vector<std::string> functions_with_frames(const fs::path& asset_folder) {
  std::vector<std::string> names;
  for (const auto& [name, frame] : load_geometry(geometry_path(asset_folder)).functions)
    names.push_back(name);
  return names;
}

std::optional<std::vector<bool>> true_part_points(const fs::path& asset_folder, const std::string& part) {
  const std::set<std::int16_t> ids = load_geometry(geometry_path(asset_folder)).part_ids(part);
  if (ids.empty()) return std::nullopt;
  std::vector<bool> on_part;
  for (const std::int16_t id : load_points(points_path(asset_folder)).parts)
    on_part.push_back(ids.contains(id));
  return on_part;
}

CroppedView load_cropped_view(const fs::path& asset_folder, int view) {
  ObjectCrop crop = load_object_crop(asset_folder, view);
  return {std::move(crop.rgb.pixels), crop_mask_of(crop.object)};
}

CropMask load_cropped_mask(const fs::path& asset_folder, int view, const fs::path& mask_file) {
  if (!fs::exists(mask_file)) return CropMask(kCropPixels, 0);
  if (fs::exists(crop_path(asset_folder, view)))
    return crop_mask_of(load_mask(mask_file, kCropSize, kCropSize));
  const Image8 rgba = load_view_image(view_image_path(training_views(asset_folder), view));
  return load_mask_in_crop(mask_file, rgba, crop_object(rgba).window);
}

CropMask load_cropped_boxes(const fs::path& asset_folder, int view, const std::vector<PixelBox>& boxes) {
  const auto painted = [&](int width, int height) {
    Image8 mask(width, height, 1);
    for (const PixelBox& box : boxes)
      for (int y = std::max(0, box.y1); y < std::min(height, box.y2); ++y)
        for (int x = std::max(0, box.x1); x < std::min(width, box.x2); ++x) *mask.at(x, y) = 255;
    return mask;
  };
  if (fs::exists(crop_path(asset_folder, view))) return crop_mask_of(painted(kCropSize, kCropSize));
  const Image8 rgba = load_view_image(view_image_path(training_views(asset_folder), view));
  return crop_mask_of(crop_mask(painted(rgba.width, rgba.height), crop_object(rgba).window));
}

VisiblePoints load_cropped_points(const fs::path& asset_folder, int view) {
  const ObjectCrop crop = load_object_crop(asset_folder, view);
  return crop_points(load_visible_points(visible_points_path(training_views(asset_folder), view)),
                     crop.window, crop.object);
}

}  // namespace funcorr
