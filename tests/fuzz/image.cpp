// Pictures: textures, photographs, masks. The first byte tells how the rest is read.
#include "db/format/image.h"

#include "tests/fuzz/fuzz.h"

namespace funcorr::tests {
namespace {

constexpr std::int64_t kMaxPixels = 1 << 20;

template <typename T>
void check(const Image<T>& image) {
  promise(image.width > 0 && image.height > 0 && std::int64_t{image.width} * image.height <= kMaxPixels,
          "a picture has pixels, and no more than are allowed");
  promise(image.channels == 1 || image.channels == 3 || image.channels == 4, "1, 3 or 4 channels");
  promise(image.pixels.size() ==
              std::size_t(image.width) * std::size_t(image.height) * std::size_t(image.channels),
          "all pixels are there");
}

}  // namespace

void read_untrusted(std::string_view input) {
  if (input.empty()) return;
  const std::string_view picture = input.substr(1);
  switch (input.front()) {
    case '8':
      return check(load_photo8(as_file(picture, "input"), kMaxPixels));
    case '6':
      return check(load_photo16(as_file(picture, "input"), kMaxPixels).image);
    case 't':  // by its name: TGA has no mark
      return check(decode_image8(bytes_of(picture), kMaxPixels, "input.tga"));
    default:
      return check(decode_image8(bytes_of(picture), kMaxPixels));
  }
}

}  // namespace funcorr::tests
