#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "db/format/image.h"

namespace funcorr {

// Where the object is in an image (upright, as load_photo8() has it), by a mask of whatever kind programs
// write: 1 channel, 255 inside and 0 outside. A pixel's value is its alpha where that is not the same
// everywhere, else the largest of its colours. Few different values, or dark ones only, are labels: all but 0
// are inside. Many are coverage, as are all of JPEG and WebP, which are not exact: inside is above 127 of
// 255. What is taken for granted makes a line of `notices`. Throws std::runtime_error that names the file,
// for a mask with nothing inside also with what it holds.
Image8 load_object_mask(const std::filesystem::path& file, std::vector<std::string>& notices);

}  // namespace funcorr
