#include "db/dataset/view.h"

#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "db/format/text.h"

namespace funcorr {

namespace fs = std::filesystem;

fs::path view_folder(const fs::path& asset_folder, ViewSet set) { return asset_folder / to_string(set); }

std::string view_name(int view) { return fmt::format("{:04}", view); }

std::optional<int> view_of_name(std::string_view name) {
  const std::optional<int> view = number_in<int>(name);
  return view && *view >= 0 && view_name(*view) == name ? view : std::nullopt;
}

fs::path view_image_path(const fs::path& view_folder, int view) {
  return view_folder / (view_name(view) + ".png");
}

void save_view_image(const fs::path& file, const Image8& rgba) {
  if (rgba.channels != 4)
    throw std::invalid_argument(fmt::format("a view of {} channels instead of RGBA", rgba.channels));
  save_png(file, rgba);
}

Image8 load_view_image(const fs::path& file) {
  Image8 image = load_image8(file);
  if (image.channels != 4)
    throw std::runtime_error(
        fmt::format("{}: {} channels, a view has red, green, blue and alpha", file.string(), image.channels));
  return image;
}

fs::path view_channels_path(const fs::path& view_folder, int view) {
  return view_folder / (view_name(view) + ".exr");
}

void remove_views_from(const fs::path& folder, int first) {
  if (!fs::is_directory(folder)) return;
  std::vector<fs::path> surplus;
  for (const auto& entry : fs::directory_iterator(folder))
    if (const auto view = view_of_name(entry.path().stem().string()); view && *view >= first)
      surplus.push_back(entry.path());
  for (const fs::path& file : surplus) fs::remove(file);
}

}  // namespace funcorr
