#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "db/dataset/pixel.h"

namespace funcorr {

// The surface points that a view, or a crop of it, shows; row i of both belongs together.
struct VisiblePoints {
  std::vector<std::int32_t> ids;  // [M] rows of points.npz, ascending
  std::vector<Pixel> pixels;      // [M] the pixel that each falls on
  friend bool operator==(const VisiblePoints&, const VisiblePoints&) = default;
};

// NNNN.npz beside a view's picture: point_ids int32 [M] and pixels_rowcol int16 [M, 2], (row, column) in the
// view.
std::filesystem::path visible_points_path(const std::filesystem::path& view_folder, int view);
// Throws std::invalid_argument where the two differ in length.
void save_visible_points(const std::filesystem::path& file, const VisiblePoints& points);
// Throws std::runtime_error that names the file and what is wrong with it.
VisiblePoints load_visible_points(const std::filesystem::path& file);

}  // namespace funcorr
