#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace funcorr {

// The surface points that one view shows and the pixel each falls on; row i of both belongs together.
struct ViewPoints {
  std::vector<std::int32_t> point_ids;                     // [M]
  std::vector<std::array<std::int32_t, 2>> pixels_rowcol;  // [M, 2]
};

// A view's visible points as render writes them (arrays point_ids, pixels_rowcol). Throws std::runtime_error
// that names the file and what is wrong with it.
ViewPoints load_view_points(const std::filesystem::path& npz);

}  // namespace funcorr
