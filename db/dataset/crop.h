#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "db/dataset/pixel.h"
#include "db/dataset/visible_points.h"
#include "db/format/image.h"

namespace funcorr {

// The square crop around the object that training, ground truth and matching work on, as the paper's release
// makes it. Pure functions, thread-safe.
inline constexpr int kCropSize = 224;  // px
inline constexpr int kCropPixels = kCropSize * kCropSize;

constexpr bool is_in_crop(const Pixel& pixel) {
  return pixel.x >= 0 && pixel.x < kCropSize && pixel.y >= 0 && pixel.y < kCropSize;
}

// A pixel's place in what is kept row by row of a crop, and back.
constexpr std::size_t crop_index(const Pixel& pixel) {
  return static_cast<std::size_t>(pixel.y) * kCropSize + static_cast<std::size_t>(pixel.x);
}
constexpr Pixel crop_pixel(std::size_t index) {
  return {static_cast<std::int32_t>(index % kCropSize), static_cast<std::int32_t>(index / kCropSize)};
}

inline constexpr std::uint8_t kMaskThreshold = 127;  // a pixel of a mask, or of alpha, is inside above it

// [kCropPixels], 0 outside.
using CropMask = std::vector<std::uint8_t>;
// 1 where a cropped mask (1 channel) is inside.
CropMask crop_mask_of(const Image8& cropped);

// A square of a view. The view is thought to be padded on all sides by `padding`; the corner is counted in
// the padded view. It may leave that view too, where a long object lies at an edge: nothing is there.
struct CropWindow {
  int padding = 60;  // px; 60 at the release's 490 px views, in proportion at other sizes
  int corner_x = 0, corner_y = 0;
  int side = 0;  // px of the view
};

// 1.2 × the longer side of the mask's bounding box, around its centre, in integers that round down as the
// release's do. `object_mask`: 1 channel. Throws std::invalid_argument for a mask whose box is less than 2 px
// long.
CropWindow crop_window(const Image8& object_mask);

// RGB (3 channels) on white → [kCropSize, kCropSize, 3]. Pillow's Lanczos to the digit: 22-bit fixed point,
// horizontal pass first, each pass rounded to 8 bits.
Image8 crop_rgb(const Image8& rgb, const CropWindow& window);
// A mask (1 channel) → [kCropSize, kCropSize], by Pillow's nearest neighbour; 0 beyond the view.
Image8 crop_mask(const Image8& mask, const CropWindow& window);

// A rendered view, ready to be cropped.
struct ObjectCrop {
  CropWindow window;
  Image8 rgb;     // [kCropSize, kCropSize, 3], white where the object is not
  Image8 object;  // [kCropSize, kCropSize, 1], 0 or 255
};
// rgba: straight alpha; the object is where alpha > 127, and only there its colour is taken.
ObjectCrop crop_object(const Image8& rgba);

// Visible points of a view as the crop shows them: rounded to the nearest crop pixel (halves to even) and
// clamped; kept, in order, where the cropped object mask is above 127. Throws std::invalid_argument where ids
// and pixels differ in length.
VisiblePoints crop_points(const VisiblePoints& in_view, const CropWindow& window,
                          const Image8& cropped_object);

}  // namespace funcorr
