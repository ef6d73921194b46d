#include "db/dataset/reference_view.h"

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "db/dataset/view.h"
#include "db/format/npy.h"

namespace funcorr {
namespace {

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

}  // namespace

std::filesystem::path reference_view_folder(const std::filesystem::path& view_folder) {
  return view_folder / "reference";
}

std::filesystem::path reference_view_path(const std::filesystem::path& view_folder, int view) {
  return reference_view_folder(view_folder) / (view_name(view) + ".npz");
}

void save_reference_view(const std::filesystem::path& file, const ImageF& depth, const Camera& camera,
                         const Transform& release_world_from_object) {
  const std::array<double, 16> pose = (camera.cam_from_world * release_world_from_object.inverse()).matrix();
  const std::array<double, 16> world = release_world_from_object.matrix();
  const std::vector<double> k{camera.fx, 0, camera.cx, 0, camera.fy, camera.cy, 0, 0, 1};
  save_npz(file,
           {{"depth", half_depths(depth)},
            {"K", NpyArray::from(k, {3, 3})},
            {"RT", NpyArray::from(std::vector<double>(pose.begin(), pose.begin() + 12), {3, 4})},
            {"world_from_object", NpyArray::from(std::vector<double>(world.begin(), world.end()), {4, 4})}});
}

}  // namespace funcorr
