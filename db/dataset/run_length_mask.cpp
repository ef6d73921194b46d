#include "db/dataset/run_length_mask.h"

#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <string>

#include "db/dataset/crop.h"

namespace funcorr {

RunLengthMask run_lengths(const Image8& mask) {
  if (mask.channels != 1) throw std::invalid_argument("run_lengths: a mask has one channel");
  RunLengthMask out{mask.width, mask.height};
  std::uint32_t length = 0;
  bool is_inside = false;
  for (int x = 0; x < mask.width; ++x)
    for (int y = 0; y < mask.height; ++y, ++length) {
      if ((*mask.at(x, y) > kMaskThreshold) == is_inside) continue;
      out.runs.push_back(length);
      length = 0;
      is_inside = !is_inside;
    }
  out.runs.push_back(length);
  return out;
}

Image8 mask_image(const RunLengthMask& mask) {
  const std::uint64_t pixels = std::uint64_t(mask.width) * std::uint64_t(mask.height);
  const std::uint64_t sum = std::accumulate(mask.runs.begin(), mask.runs.end(), std::uint64_t{0});
  if (mask.width < 0 || mask.height < 0 || sum != pixels)
    throw std::invalid_argument("the runs of a mask of " + std::to_string(mask.width) + " x " +
                                std::to_string(mask.height) + " pixels add up to " + std::to_string(sum));
  Image8 image(mask.width, mask.height, 1);
  std::uint64_t at = 0;
  bool is_inside = false;
  for (const std::uint32_t run : mask.runs) {
    for (const std::uint64_t end = at + run; at < end; ++at)
      if (is_inside)
        *image.at(static_cast<int>(at / std::uint64_t(mask.height)),
                  static_cast<int>(at % std::uint64_t(mask.height))) = 255;
    is_inside = !is_inside;
  }
  return image;
}

}  // namespace funcorr
