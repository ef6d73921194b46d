#include "tools/simulated_server/vision.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tools/simulated_server/box_reply.h"

namespace funcorr {
namespace {

std::string not_found(const std::string& part, Random& random) {
  static constexpr std::array<const char*, 3> kAnswers = {
      "There is no {} in this picture.", "I cannot see any {} here.",
      "The object does not seem to have a {}, so no box can be given."};
  return fmt::format(fmt::runtime(kAnswers[random.below(kAnswers.size())]), part);
}

std::string malformed(Random& random) {
  const int a = static_cast<int>(random.below(400)), b = static_cast<int>(random.below(400));
  switch (random.below(6)) {
    case 0:
      return fmt::format("[[{:03},{:03},{:03}", a, b, a + 300);  // cut off
    case 1:
      return fmt::format("It spans from {} to {} in the middle.", a, b);
    case 2:
      return fmt::format("[[{:03},{:03},{:03}]]", a, b, a + 300);  // a number is missing
    case 3:
      return fmt::format("[[{:03},{:03},{:03},{:03}]]", a + 300, b + 300, a, b);  // inverted
    case 4:
      return fmt::format("[[{:03},{:03},{},{}]]", a, b, a + 1300, b + 1300);  // out of range
    default:
      return {};
  }
}

PixelBox jittered(const PixelBox& box, double share, const SquarePadding& image, Random& random) {
  const auto moved = [&](int position, int size, int end) {
    return std::clamp(static_cast<int>(std::lround(position + share * size * random.normal())), 0, end);
  };
  const int width = box.width(), height = box.height();
  const int x1 = moved(box.x1, width, image.width), y1 = moved(box.y1, height, image.height);
  const int x2 = moved(box.x2, width, image.width), y2 = moved(box.y2, height, image.height);
  return {std::min(x1, x2), std::min(y1, y2), std::max({x1, x2, 1}), std::max({y1, y2, 1})};
}

}  // namespace

SimulatedVision::SimulatedVision(WorkspaceTruth& truth, AnswerNoise noise, std::string box_format)
    : truth_(truth), noise_(noise), box_format_(std::move(box_format)) {
  spell_boxes(box_format_, {}, {1, 1});  // throws for an unknown family
}

std::string SimulatedVision::answer(std::string_view jpeg, const std::string& part, Random random) {
  const auto shown = shown_view_of(jpeg);
  if (!shown || part.empty()) return not_found(part.empty() ? "such part" : part, random);
  return boxes_answer(*shown, part, random);
}

std::string SimulatedVision::boxes_answer(const ShownView& shown, const std::string& part, Random& random) {
  const SquarePadding image{shown.crop.width(), shown.crop.height()};
  // Every kind of chance is drawn for every answer: a changed share leaves the other answers as they were.
  const bool is_malformed = random.uniform() < noise_.malformed, is_miss = random.uniform() < noise_.miss;
  const bool is_wrong = random.uniform() < noise_.wrong, has_several = random.uniform() < noise_.several;
  const std::uint64_t which = random.next();
  if (is_malformed) return malformed(random);
  auto box = truth_.part_box(shown, part);
  if (!box || is_miss) return not_found(part, random);
  std::vector<PixelBox> others;
  if (is_wrong || has_several)
    for (const auto& [name, other] : truth_.visible_parts(shown))
      if (other != *box) others.push_back(other);
  const PixelBox other =
      others.empty() ? PixelBox{0, 0, image.width, image.height} : others[which % others.size()];
  std::vector<PixelBox> boxes{jittered(is_wrong ? other : *box, noise_.jitter, image, random)};
  if (has_several) boxes.insert(boxes.begin(), jittered(other, noise_.jitter, image, random));
  return spell_boxes(box_format_, boxes, image);
}

}  // namespace funcorr
