#pragma once

#include "db/dataset/record/box.h"
#include "db/format/image.h"

namespace funcorr {

// How an image lies in the square that a model is shown: padded on its shorter side, half before and half
// after (the odd pixel after).
struct SquarePadding {
  int width = 0, height = 0;  // of the image, pixels
  int side() const { return width > height ? width : height; }
  int left() const { return (side() - width) / 2; }
  int top() const { return (side() - height) / 2; }
};

// The padded square, white around. Any number of channels.
Image8 pad_to_square(const Image8& image);

// The part of `image` inside `box`, which must lie within it and hold a pixel: throws std::out_of_range.
Image8 crop_image(const Image8& image, const PixelBox& box);

}  // namespace funcorr
