#include "stages/rendering/view_files.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "db/format/artifact.h"
#include "db/format/npy.h"
#include "render/visibility/channels.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

std::map<std::string, NpyArray> to_arrays(const VisiblePoints& visible) {
  std::vector<std::int16_t> pixels;
  pixels.reserve(2 * visible.pixels_rowcol.size());
  for (const auto& pixel : visible.pixels_rowcol)
    for (const std::int32_t coordinate : pixel) pixels.push_back(static_cast<std::int16_t>(coordinate));
  std::map<std::string, NpyArray> arrays;
  arrays.emplace("point_ids", NpyArray::from(visible.point_ids, {visible.point_ids.size()}));
  arrays.emplace("pixels_rowcol", NpyArray::from(pixels, {visible.pixels_rowcol.size(), 2}));
  return arrays;
}

std::vector<std::string> half_channels(const ViewFiles& files, const std::vector<std::string>& names) {
  if (files.exr_half) return names;
  const bool has_color = std::ranges::find(files.exr_groups, "RGBA") != files.exr_groups.end();
  return has_color ? channel_names({"RGBA"}) : std::vector<std::string>{};
}

// [height, width] float16; 0, no surface, becomes infinite.
NpyArray half_depths(const ImageF& depth) {
  std::vector<std::uint16_t> bits;
  bits.reserve(depth.pixels.size());
  for (const float z : depth.pixels)
    bits.push_back(half_from_float(z > 0 ? z : std::numeric_limits<float>::infinity()));
  NpyArray array =
      NpyArray::from(bits, {static_cast<std::size_t>(depth.height), static_cast<std::size_t>(depth.width)});
  array.dtype = "f2";
  return array;
}

void remove_views_from(const fs::path& folder, std::size_t first) {
  if (!fs::is_directory(folder)) return;
  std::vector<fs::path> surplus;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string stem = entry.path().stem().string();
    if (stem.size() == 4 && std::ranges::all_of(stem, [](char c) { return c >= '0' && c <= '9'; }) &&
        static_cast<std::size_t>(std::stoi(stem)) >= first)
      surplus.push_back(entry.path());
  }
  for (const fs::path& file : surplus) fs::remove(file);
}

}  // namespace

std::string view_stem(std::size_t index) { return fmt::format("{:04}", index); }

void write_view(const fs::path& folder, std::size_t index, const ViewFiles& files, const PathTracer& tracer,
                const Camera& camera, const ImageF& radiance, const Image8& rgba, int threads) {
  const std::string stem = view_stem(index);
  write_artifact(folder / (stem + ".png"), [&](const fs::path& file) { save_png(file, rgba); });
  const std::vector<std::string> names = channel_names(files.exr_groups);
  if (names.empty()) return;
  const ImageF channels = view_channels(tracer, camera, radiance, files.exr_groups, threads);
  write_artifact(folder / (stem + ".exr"),
                 [&](const fs::path& file) { save_exr(file, channels, names, half_channels(files, names)); });
}

void write_visible_points(const fs::path& folder, std::size_t index, const VisiblePoints& visible) {
  write_artifact(folder / (view_stem(index) + ".npz"),
                 [&](const fs::path& file) { save_npz(file, to_arrays(visible)); });
}

void write_reference_view(const fs::path& folder, std::size_t index, const PathTracer& tracer,
                          const Camera& camera, const Transform& release_world_from_object, int threads) {
  const std::array<double, 16> pose = (camera.cam_from_world * release_world_from_object.inverse()).matrix();
  const std::array<double, 16> world = release_world_from_object.matrix();
  const std::vector<double> k{camera.fx, 0, camera.cx, 0, camera.fy, camera.cy, 0, 0, 1};
  std::map<std::string, NpyArray> arrays;
  arrays.emplace("depth", half_depths(view_channels(tracer, camera, {}, {"Z"}, threads)));
  arrays.emplace("K", NpyArray::from(k, {3, 3}));
  arrays.emplace("RT", NpyArray::from(std::vector<double>(pose.begin(), pose.begin() + 12), {3, 4}));
  arrays.emplace("world_from_object",
                 NpyArray::from(std::vector<double>(world.begin(), world.end()), {4, 4}));
  write_artifact(folder / "reference" / (view_stem(index) + ".npz"),
                 [&](const fs::path& file) { save_npz(file, arrays); });
}

void remove_surplus_views(const fs::path& folder, std::size_t views, const ViewFiles& files) {
  remove_views_from(folder, views);
  remove_views_from(folder / "reference", files.reference ? views : 0);
}

}  // namespace funcorr
