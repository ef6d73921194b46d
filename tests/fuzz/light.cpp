// Environment maps: OpenEXR of any layers and windows, Radiance.
#include "db/format/image.h"
#include "tests/fuzz/fuzz.h"

namespace funcorr::tests {

void read_untrusted(std::string_view input) {
  constexpr std::int64_t kMaxPixels = 1 << 20;
  const ImageF light = load_image_float(as_file(input, "input.exr"), kMaxPixels);
  promise(light.channels == 3 && light.width > 0 && light.height > 0 &&
              std::int64_t{light.width} * light.height <= kMaxPixels &&
              light.pixels.size() == 3 * std::size_t(light.width) * std::size_t(light.height),
          "three channels of no more pixels than are allowed");
}

}  // namespace funcorr::tests
