#pragma once

#include <array>
#include <string>
#include <vector>

#include "db/format/image.h"

namespace funcorr {

// What load_image_float() reads. Of an OpenEXR file it takes the beauty layer, in its display window: what
// the data window has beyond it is cut off, and what it lacks is black. Of a Radiance file all there is. As
// stored, infinities and NaN included. Throws std::runtime_error that names the file and what it is instead
// for any other format: pictures of 8 or 16 bits hold codes for screens, not light.

// A part of an OpenEXR file, by its name (empty where there is one part only) and the names of its channels,
// those of layers as "layer.R".
struct ImagePart {
  std::string name;
  std::vector<std::string> channels;
};
struct RgbLayer {
  std::size_t part = 0;
  std::array<int, 3> channels{};  // red, green, blue; all the same for Y alone
};
// The layer that is the picture itself: the only one with R, G and B; or the one of them whose name (of its
// layer, or of its part) ends in combined, beauty, composite, rgba, rgb, color, main or master, or is empty.
// Where no layer has R, G and B, the only one with Y. Throws std::runtime_error that lists what there is.
RgbLayer beauty_layer(const std::vector<ImagePart>& parts);

}  // namespace funcorr
