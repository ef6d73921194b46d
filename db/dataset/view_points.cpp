#include "db/dataset/view_points.h"

#include <stdexcept>

#include "db/format/npy.h"

namespace funcorr {

ViewPoints load_view_points(const std::filesystem::path& npz) {
  const auto arrays = load_npz(npz);
  const auto array = [&](const char* name) -> const NpyArray& {
    const auto found = arrays.find(name);
    if (found == arrays.end()) throw std::runtime_error(npz.string() + " has no array \"" + name + "\"");
    return found->second;
  };
  ViewPoints points;
  points.point_ids = array("point_ids").as<std::int32_t>();
  const auto pixels = array("pixels_rowcol").as<std::int16_t>();
  if (pixels.size() != 2 * points.point_ids.size())
    throw std::runtime_error(npz.string() + ": point_ids and pixels_rowcol differ in length");
  points.pixels_rowcol.reserve(points.point_ids.size());
  for (std::size_t i = 0; i < pixels.size(); i += 2)
    points.pixels_rowcol.push_back({pixels[i], pixels[i + 1]});
  return points;
}

}  // namespace funcorr
