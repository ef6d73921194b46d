#include "labeling/box/reply_boxes.h"

#include <algorithm>
#include <iterator>

namespace funcorr {

const OptionList<CountedBoxOptions>& CountedBoxOptions::options() {
  static const OptionList<CountedBoxOptions> list{
      option("reply_boxes", &CountedBoxOptions::reply_boxes)
          .help("which boxes of one reply count; the paper's release keeps the last")};
  return list;
}

std::vector<Box> boxes_that_count(const std::vector<Box>& all, const CountedBoxOptions& options) {
  std::vector<Box> sound;
  std::ranges::copy_if(all, std::back_inserter(sound), [](const Box& box) { return is_sound(box.flag); });
  const bool zoomed = std::ranges::any_of(sound, [](const Box& box) { return box.pass == 2; });
  std::vector<Box> kept;
  for (const Box& box : sound) {
    if (zoomed && box.pass != 2) continue;
    const bool same_reply = !kept.empty() && kept.back().view == box.view && kept.back().sample == box.sample;
    if (options.reply_boxes == ReplyBoxes::kLast && same_reply) kept.pop_back();
    kept.push_back(box);
  }
  return kept;
}

}  // namespace funcorr
