#pragma once

#include <array>
#include <vector>

#include "db/dataset/record/box.h"
#include "db/format/named_enum.h"
#include "db/format/options.h"

namespace funcorr {

// Which boxes of one reply count.
enum class ReplyBoxes {
  kAll,
  kLast,  // the paper's release keeps the last
};
constexpr auto names_of(ReplyBoxes) {
  return std::to_array<EnumName<ReplyBoxes>>({{ReplyBoxes::kAll, "all"}, {ReplyBoxes::kLast, "last"}});
}

struct CountedBoxOptions {
  ReplyBoxes reply_boxes = ReplyBoxes::kAll;

  static const OptionList<CountedBoxOptions>& options();
};

// Of a part's boxes, in the order of view, pass, sample and index, those that count: sound ones; of the
// zoomed pass alone where it found any.
std::vector<Box> boxes_that_count(const std::vector<Box>& all, const CountedBoxOptions& options);

}  // namespace funcorr
