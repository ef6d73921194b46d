#include "db/dataset/visible_points.h"

#include <stdexcept>

#include "db/dataset/array_file.h"
#include "db/dataset/rowcol.h"
#include "db/dataset/view.h"

namespace funcorr {
namespace {

constexpr const char *kIds = "point_ids", *kPixels = "pixels_rowcol";

}  // namespace

std::filesystem::path visible_points_path(const std::filesystem::path& view_folder, int view) {
  return view_folder / (view_name(view) + ".npz");
}

void save_visible_points(const std::filesystem::path& file, const VisiblePoints& points) {
  if (points.ids.size() != points.pixels.size())
    throw std::invalid_argument("visible points: ids and pixels differ in length");
  save_npz(file,
           {{kIds, NpyArray::from(points.ids, {points.ids.size()})}, {kPixels, rowcol_array(points.pixels)}});
}

VisiblePoints load_visible_points(const std::filesystem::path& file) {
  const ArrayFile arrays(file);
  VisiblePoints points{arrays.read<std::int32_t>(kIds), arrays.read_pixels(kPixels)};
  arrays.require_rows(kPixels, points.ids.size());
  return points;
}

}  // namespace funcorr
