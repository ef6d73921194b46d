#pragma once

#include <string>
#include <vector>

#include "db/dataset/pixel.h"
#include "db/format/image.h"

namespace funcorr {

// Pictures of the report page. RGB images in and out; every function is pure.

// Images of any size, each fitted into a square cell of `cell_px` on white, row by row.
Image8 contact_sheet(const std::vector<Image8>& images, int columns, int cell_px);

// A mask (0 … 255, one channel, same size) as a coloured veil and outline over a greyed image.
Image8 overlay_mask(const Image8& rgb, const Image8& mask);

// A value per pixel (0 … 255, one channel, same size) over a greyed image: from nothing (0) over violet and
// red to yellow.
Image8 overlay_heat(const Image8& rgb, const Image8& heat);

// Two crops side by side. Every pair gets one colour in both, by where its first end lies among all
// first ends: equal colours correspond. Around each pixel lies a veil of its colour. The images beneath are
// greyed. `scale`: pixels of the picture per crop pixel.
Image8 draw_correspondence(const Image8& rgb_1, const Image8& rgb_2, const std::vector<PixelPair>& pairs,
                           int scale = 2);

// Lines between up to `lines` evenly picked pairs, over two crops side by side: for match's result.
Image8 draw_match_lines(const Image8& rgb_1, const Image8& rgb_2, const std::vector<PixelPair>& pairs,
                        int lines, int scale = 2);

// Two pictures with a white gap between them.
Image8 side_by_side(const Image8& left, const Image8& right);

Image8 image_of(const std::vector<std::uint8_t>& rgb, int width, int height);
// Nearest-neighbour or box-filtered, to fit `width` × `height`.
Image8 resized(const Image8& image, int width, int height);

}  // namespace funcorr
