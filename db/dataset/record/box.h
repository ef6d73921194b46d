#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace funcorr {

// A box that a vision-language model gave; every one is kept.
struct Box {
  std::string uid, part;
  int view = 0, sample = 0, index = 0;  // index: several boxes in one reply
  int pass = 1;                         // 2: the zoomed pass
  std::int64_t request_id = 0;
  std::array<int, 4> xyxy{};  // pixels of the labelling view, x2 and y2 exclusive
  std::string flag;           // "" or "out_of_range", "inverted", "empty"
};

}  // namespace funcorr
