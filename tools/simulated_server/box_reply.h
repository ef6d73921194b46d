#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/dataset/record/box.h"
#include "labeling/box/square.h"

namespace funcorr {

// Boxes as a model of a family (labeling/box/format.h) spells them. `boxes`: pixels of the image that was
// padded to a square. "gemini-mask" is "gemini" with a mask beside each box. Throws std::invalid_argument for
// an unknown family.
std::string spell_boxes(std::string_view format, const std::vector<PixelBox>& boxes,
                        const SquarePadding& image);

}  // namespace funcorr
