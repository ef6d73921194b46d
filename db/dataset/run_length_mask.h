#pragma once

#include <cstdint>
#include <vector>

#include "db/format/image.h"

namespace funcorr {

// A mask by the lengths of its runs, as COCO has them: so many pixels outside, then inside, outside … down
// one column after the other, from the left. Only the first may be 0.
struct RunLengthMask {
  int width = 0, height = 0;
  std::vector<std::uint32_t> runs{};
  bool operator==(const RunLengthMask&) const = default;
};

// Of one channel, inside above kMaskThreshold. Throws std::invalid_argument for more channels.
RunLengthMask run_lengths(const Image8& mask);
// 0 outside, 255 inside. Throws std::invalid_argument where the runs do not add up to the mask's pixels.
Image8 mask_image(const RunLengthMask& mask);

}  // namespace funcorr
