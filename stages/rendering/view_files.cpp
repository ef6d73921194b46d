#include "stages/rendering/view_files.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "pipeline/artifact.h"
#include "render/format/npy.h"
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

void remove_surplus_views(const fs::path& folder, std::size_t views) {
  if (!fs::is_directory(folder)) return;
  std::vector<fs::path> surplus;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string stem = entry.path().stem().string();
    if (stem.size() == 4 && std::ranges::all_of(stem, [](char c) { return c >= '0' && c <= '9'; }) &&
        static_cast<std::size_t>(std::stoi(stem)) >= views)
      surplus.push_back(entry.path());
  }
  for (const fs::path& file : surplus) fs::remove(file);
}

}  // namespace funcorr
