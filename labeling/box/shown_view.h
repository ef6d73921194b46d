#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/dataset/record/box.h"
#include "db/format/image.h"

namespace funcorr {

// Which pixels of which labelling view a model is shown: the whole view, or the crop of the zoomed pass.
struct ShownView {
  std::string uid;
  int view = 0;
  PixelBox crop;  // pixels of the view
  bool operator==(const ShownView&) const = default;
};

// The picture for the request: the crop of `rgba` on white, padded to a square, as JPEG. It says which view
// it is in a comment segment ("funcorr uid/view x1,y1,x2,y2"), so that a stored or forwarded request explains
// itself; decoders skip it. Throws std::out_of_range for a crop outside the view, std::invalid_argument for
// an image without alpha.
std::vector<std::uint8_t> shown_jpeg(const Image8& rgba, const ShownView& shown, int quality);

// What the comment of such a JPEG says; nothing for any other data.
std::optional<ShownView> shown_view_of(std::string_view jpeg);

}  // namespace funcorr
