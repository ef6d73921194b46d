#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "db/format/image.h"

namespace funcorr {

// The object-centred 224 px crop that training, ground truth and matching work on, as the release makes it
// (REFERENCE.md, "Crop for training"). Pure functions, thread-safe.
inline constexpr int kCropSize = 224;  // px

// A square of a view. The view is thought to be padded on all sides by `padding`; the corner is counted in
// the padded view. It may leave that view too, where a long object lies at an edge: nothing is there.
struct CropWindow {
  int padding = 60;  // px; 60 at the release's 490 px views, in proportion at other sizes
  int corner_x = 0, corner_y = 0;
  int side = 0;  // px of the view
};

// 1.2 × the longer side of the mask's bounding box, around its centre, in integers that round down as the
// release's do. A pixel is inside where the mask (1 channel) is above 127. Throws std::invalid_argument for a
// mask whose box is less than 2 px long.
CropWindow crop_window(const Image8& object_mask);

// RGB (3 channels) on white → [224, 224, 3]. Pillow's Lanczos to the digit: 22-bit fixed point, horizontal
// pass first, each pass rounded to 8 bits.
Image8 crop_rgb(const Image8& rgb, const CropWindow& window);
// A mask (1 channel) → [224, 224], by Pillow's nearest neighbour; 0 beyond the view.
Image8 crop_mask(const Image8& mask, const CropWindow& window);

// A rendered view, ready to be cropped.
struct ObjectCrop {
  CropWindow window;
  Image8 rgb;     // [224, 224, 3], white where the object is not
  Image8 object;  // [224, 224, 1], 0 or 255
};
// rgba: straight alpha; the object is where alpha > 127, and only there its colour is taken.
ObjectCrop crop_object(const Image8& rgba);

// Where visible points fall in the crop.
struct CropPoints {
  std::vector<std::int32_t> ids;
  std::vector<std::array<std::int16_t, 2>> pixels_xy;  // crop pixels
};
// pixels_rowcol: [n, 2] (row, column) in the view, of the points `ids`. Rounded to the nearest crop pixel
// (halves to even) and clamped; kept, in order, where the cropped object mask is above 127.
CropPoints crop_points(std::span<const std::int32_t> ids, std::span<const std::int16_t> pixels_rowcol,
                       const CropWindow& window, const Image8& cropped_object);

}  // namespace funcorr
