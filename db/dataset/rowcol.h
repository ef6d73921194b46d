#pragma once

#include <vector>

#include "db/dataset/pixel.h"
#include "db/format/npy.h"

namespace funcorr {

// Pixels as arrays of files have them: [n, 2], (row, column).

// int16. Throws std::invalid_argument for a coordinate that int16 does not hold.
NpyArray rowcol_array(const std::vector<Pixel>& pixels);
// Of any numeric type, rounded; throws std::runtime_error where the shape is not [n, 2].
std::vector<Pixel> pixels_of_rowcol(const NpyArray& rowcol);

}  // namespace funcorr
