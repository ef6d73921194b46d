#include "labeling/box/square.h"

#include <algorithm>
#include <stdexcept>

namespace funcorr {
namespace {

void copy_rows(const Image8& from, int from_x, int from_y, Image8& to, int to_x, int to_y, int width,
               int height) {
  for (int y = 0; y < height; ++y)
    std::copy_n(from.at(from_x, from_y + y), static_cast<std::ptrdiff_t>(width) * from.channels,
                to.at(to_x, to_y + y));
}

}  // namespace

Image8 pad_to_square(const Image8& image) {
  const SquarePadding padding{image.width, image.height};
  Image8 square(padding.side(), padding.side(), image.channels);
  std::fill(square.pixels.begin(), square.pixels.end(), std::uint8_t{255});
  if (!image.pixels.empty())
    copy_rows(image, 0, 0, square, padding.left(), padding.top(), image.width, image.height);
  return square;
}

Image8 crop_image(const Image8& image, const PixelBox& box) {
  if (box.x1 < 0 || box.y1 < 0 || box.x2 > image.width || box.y2 > image.height || box.width() <= 0 ||
      box.height() <= 0)
    throw std::out_of_range("crop_image: the crop holds no pixel, or pixels outside the image");
  Image8 crop(box.width(), box.height(), image.channels);
  copy_rows(image, box.x1, box.y1, crop, 0, 0, crop.width, crop.height);
  return crop;
}

}  // namespace funcorr
