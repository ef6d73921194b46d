#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <tuple>

#include "db/format/members.h"
#include "db/format/named_enum.h"

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
  kOutOfRange,  // a number beyond the range of the model's family
  kInverted,    // left of its right side, or upside down
  kEmpty,       // no pixel of the image inside: too thin, or all in the padding
  kClipped,     // sound; it reached beyond the image by no more than 2 % of the side, and ends at its edge
};
constexpr auto names_of(BoxFlag) {
  return std::to_array<EnumName<BoxFlag>>({{BoxFlag::kNone, ""},
                                           {BoxFlag::kOutOfRange, "out_of_range"},
                                           {BoxFlag::kInverted, "inverted"},
                                           {BoxFlag::kEmpty, "empty"},
                                           {BoxFlag::kClipped, "clipped"}});
}
// Can the box be used?
constexpr bool is_sound(BoxFlag flag) { return flag == BoxFlag::kNone || flag == BoxFlag::kClipped; }

// What a model is asked for: a part by its name and description, or whatever performs a function.
enum class BoxSubject { kPart, kFunction };
constexpr auto names_of(BoxSubject) {
  return std::to_array<EnumName<BoxSubject>>(
      {{BoxSubject::kPart, "part"}, {BoxSubject::kFunction, "function"}});
}

// A box that a vision-language model gave; every one is kept. Where it is sound, its pixels lie within
// the image.
struct Box {
  PixelBox pixels{};  // of the view
  BoxFlag flag = BoxFlag::kNone;
  std::string uid{}, part{};  // what was asked for; by BoxSubject::kFunction, the function stands as the part
  int view = 0, pass = 1;     // pass 2: the zoomed one
  int sample = 0, index = 0;  // index: several boxes in one reply
  std::int64_t request_id = 0;
  bool operator==(const Box&) const = default;
  static constexpr auto members() {
    return std::tuple{
        member("pixels", &Box::pixels), member("flag", &Box::flag),   member("uid", &Box::uid),
        member("part", &Box::part),     member("view", &Box::view),   member("pass", &Box::pass),
        member("sample", &Box::sample), member("index", &Box::index), member("request_id", &Box::request_id)};
  }
};

}  // namespace funcorr
