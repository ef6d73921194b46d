#pragma once

#include <filesystem>

#include "labeling/fusion/heat.h"

namespace funcorr {

// The visible points of a view as render stores them beside its picture ("label/0003.npz": point_ids [M] i4,
// pixels_rowcol [M, 2] i2). Throws std::runtime_error naming the file when an array is missing, of another
// type, or when the two differ in length.
ViewPoints load_view_points(const std::filesystem::path& npz);

}  // namespace funcorr
