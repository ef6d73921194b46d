#pragma once

#include <string_view>
#include <tuple>

#include "db/format/members.h"

namespace funcorr {

// Pixels of a view: from (x1, y1) to (x2, y2); x2 and y2 exclusive.
struct PixelBox {
  int x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  bool operator==(const PixelBox&) const = default;
  static constexpr auto members() {
    return std::tuple{member("x1", &PixelBox::x1), member("y1", &PixelBox::y1), member("x2", &PixelBox::x2),
                      member("y2", &PixelBox::y2)};
  }
  int width() const { return x2 - x1; }
  int height() const { return y2 - y1; }
  double center_x() const { return 0.5 * (x1 + x2); }
  double center_y() const { return 0.5 * (y1 + y2); }
};

// What is wrong with a box that a model gave: it is kept and marked, never mended by guessing.
enum class BoxFlag {
  kNone,
  kOutOfRange,  // a number beyond the family's range
  kInverted,    // left of its right side, or upside down
  kEmpty,       // no pixel of the image inside: too thin, or all in the padding
};
std::string_view to_string(BoxFlag flag);  // "" "out_of_range" "inverted" "empty"

}  // namespace funcorr
