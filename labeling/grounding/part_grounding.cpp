#include "labeling/grounding/part_grounding.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "db/format/text.h"
#include "labeling/box/zoom.h"
#include "labeling/taxonomy/taxonomy.h"

namespace funcorr {

std::string spoken_part(std::string_view name, std::string_view description) {
  std::string text(name);
  if (!description.empty()) text.append(" - ").append(description);
  std::erase_if(text, [](char c) { return c == '.' || c == '*'; });
  return lower_case(std::move(text));
}

const OptionList<GroundingOptions>& GroundingOptions::options() {
  const auto formats = [] {
    std::vector<std::string> names{std::string(kAutoFormat)};
    for (const BoxFormat& format : box_formats()) names.emplace_back(format.name);
    return names;
  };
  static const OptionList<GroundingOptions> list{
      option("box_format", &GroundingOptions::box_format)
          .choices(formats())
          .help("way in which the model spells boxes; auto: the one that reads the answers of the pilot"),
      option("points_as", &GroundingOptions::points_as)
          .help("models that tell points: a box around each point of a reply, or one around all"),
      option("boxes", &GroundingOptions::boxes)
          .range(1, 128)
          .help("replies with a box that are wanted of every view"),
      option("max_attempts_per_view", &GroundingOptions::max_attempts)
          .range(1, 1024)
          .help("most replies that are asked for, of every view"),
      option("give_up_after", &GroundingOptions::give_up_after)
          .range(0, 1024)
          .help("replies without any box after which a view is left; 0: never"),
      option("zoom", &GroundingOptions::zoom).help("ask small parts again in a crop around their boxes"),
      option("jpeg_quality", &GroundingOptions::jpeg_quality)
          .range(1, 100)
          .help("JPEG quality of the pictures that are sent")};
  return list;
}

PartGrounding::PartGrounding(const GroundingOptions& options, bool is_small)
    : options_(options), format_(box_format(options.box_format)), zooms_(options.zoom && is_small) {}

std::vector<BoxQuestion> PartGrounding::ask_about(const std::vector<GroundingView>& views) {
  std::vector<BoxQuestion> questions;
  for (const GroundingView& view : views) {
    Pass pass;
    pass.view = view;
    pass.crop = {0, 0, view.width, view.height};
    ++open_;
    questions.push_back(ask(passes_[{view.view, 1}] = pass, std::min(options_.boxes, options_.max_attempts)));
  }
  return questions;
}

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
  bool has_sound = false;
  for (Box& box : parse_boxes(format_, reply, {pass.crop.width(), pass.crop.height()}, options_.points_as)) {
    box.pixels = {box.pixels.x1 + pass.crop.x1, box.pixels.y1 + pass.crop.y1, box.pixels.x2 + pass.crop.x1,
                  box.pixels.y2 + pass.crop.y1};
    box.view = view;
    box.pass = number;
    box.sample = sample;
    box.index = static_cast<int>(boxes.size());
    box.request_id = request_id;
    has_sound = has_sound || is_sound(box.flag);
    boxes.push_back(std::move(box));
  }
  pass.sound += has_sound ? 1 : 0;
  --pass.out;
  return pass.out > 0 ? std::vector<BoxQuestion>{} : next(pass);
}

std::vector<BoxQuestion> PartGrounding::next(Pass& pass) {
  const bool hopeless = options_.give_up_after > 0 && pass.sound == 0 && pass.asked >= options_.give_up_after;
  const int n = std::min(options_.boxes - pass.sound, options_.max_attempts - pass.asked);
  if (n > 0 && !hopeless) return {ask(pass, n)};
  --open_;
  return zooms_ && pass.number == 1 ? zoomed(pass) : std::vector<BoxQuestion>{};
}

std::vector<BoxQuestion> PartGrounding::zoomed(const Pass& first) {
  std::vector<PixelBox> sound;
  for (const auto& [sample, boxes] : first.replies)
    for (const Box& box : boxes)
      if (is_sound(box.flag)) sound.push_back(box.pixels);
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
