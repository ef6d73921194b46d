#include "labeling/grounding/part_grounding.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "labeling/box/zoom.h"

namespace funcorr {

std::string spoken_part(std::string_view name, std::string_view description) {
  std::string text(name);
  if (!description.empty()) text.append(" - ").append(description);
  std::erase_if(text, [](char c) { return c == '.' || c == '*'; });
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

PartGrounding::PartGrounding(GroundingOptions options, const std::vector<GroundingView>& views)
    : options_(options) {
  for (const GroundingView& view : views) {
    Pass pass;
    pass.view = view;
    pass.crop = {0, 0, view.width, view.height};
    ++open_;
    first_.push_back(ask(passes_[{view.view, 1}] = pass, std::min(options_.boxes, options_.max_attempts)));
  }
}

std::vector<BoxQuestion> PartGrounding::first_questions() const { return first_; }

BoxQuestion PartGrounding::ask(Pass& pass, int n) {
  const BoxQuestion question{pass.view.view, pass.number, pass.crop, pass.asked, n};
  pass.asked += n;
  pass.out += n;
  return question;
}

std::vector<BoxQuestion> PartGrounding::take(int view, int number, int sample, std::string_view reply,
                                             std::int64_t request_id) {
  const auto found = passes_.find({view, number});
  if (found == passes_.end() || sample < 0 || sample >= found->second.asked ||
      found->second.replies.contains(sample))
    throw std::logic_error("grounding: sample " + std::to_string(sample) + " of view " +
                           std::to_string(view) + " was not asked for, or came twice");
  Pass& pass = found->second;
  std::vector<Box>& boxes = pass.replies[sample];
  bool is_sound = false;
  for (Box& box : parse_boxes(*options_.format, reply, {pass.crop.width(), pass.crop.height()})) {
    box.pixels = {box.pixels.x1 + pass.crop.x1, box.pixels.y1 + pass.crop.y1, box.pixels.x2 + pass.crop.x1,
                  box.pixels.y2 + pass.crop.y1};
    box.view = view;
    box.pass = number;
    box.sample = sample;
    box.index = static_cast<int>(boxes.size());
    box.request_id = request_id;
    is_sound = is_sound || box.flag == BoxFlag::kNone;
    boxes.push_back(std::move(box));
  }
  pass.sound += is_sound ? 1 : 0;
  --pass.out;
  return pass.out > 0 ? std::vector<BoxQuestion>{} : next(pass);
}

std::vector<BoxQuestion> PartGrounding::next(Pass& pass) {
  const bool hopeless = options_.give_up_after > 0 && pass.sound == 0 && pass.asked >= options_.give_up_after;
  const int n = std::min(options_.boxes - pass.sound, options_.max_attempts - pass.asked);
  if (n > 0 && !hopeless) return {ask(pass, n)};
  --open_;
  return options_.zoom && pass.number == 1 ? zoomed(pass) : std::vector<BoxQuestion>{};
}

std::vector<BoxQuestion> PartGrounding::zoomed(const Pass& first) {
  std::vector<PixelBox> sound;
  for (const auto& [sample, boxes] : first.replies)
    for (const Box& box : boxes)
      if (box.flag == BoxFlag::kNone) sound.push_back(box.pixels);
  const auto crop = zoom_crop(sound, first.view.width, first.view.height);
  if (!crop) return {};
  Pass pass;
  pass.view = first.view;
  pass.number = 2;
  pass.crop = *crop;
  ++open_;
  return {ask(passes_[{first.view.view, 2}] = pass, std::min(options_.boxes, options_.max_attempts))};
}

std::vector<Box> PartGrounding::boxes() const {
  std::vector<Box> all;
  for (const auto& [key, pass] : passes_)
    for (const auto& [sample, boxes] : pass.replies) all.insert(all.end(), boxes.begin(), boxes.end());
  return all;
}

}  // namespace funcorr
