#include "tools/simulated_server/vision.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "tools/simulated_server/box_reply.h"
#include "tools/simulated_server/mask_noise.h"
#include "tools/simulated_server/mask_spelling.h"
#include "tools/simulated_server/text_hash.h"

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

}  // namespace

SimulatedVision::SimulatedVision(WorkspaceTruth& truth, AnswerNoise noise, std::string box_format,
                                 std::uint64_t seed)
    : truth_(truth), noise_(noise), box_format_(std::move(box_format)), seed_(seed) {
  spell_boxes(box_format_, {}, {1, 1});  // throws for an unknown family
}

std::string SimulatedVision::answer(std::string_view jpeg, const std::string& part, Random random) {
  const auto shown = shown_view_of(jpeg);
  if (!shown || part.empty()) return not_found(part.empty() ? "such part" : part, random);
  const Random of_picture = shared_chance(*shown, part);
  const NoisyAnswer answer = noisy_answer(truth_.in_picture(*shown, part), noise_, of_picture, random);
  if (answer.is_malformed) return malformed(random);
  if (answer.boxes.empty()) return not_found(part, random);
  return spell_boxes(box_format_, answer.boxes, {shown->crop.width(), shown->crop.height()});
}

std::string SimulatedVision::mask_answer(std::string_view jpeg, const AskedMask& asked, Random random) {
  const auto shown = shown_view_of(jpeg);
  if (!shown) return spell_mask(asked.format, {}, {1, 1}, random);
  const SquarePadding image{shown->crop.width(), shown->crop.height()};
  const auto pixel = [&](std::size_t i) {
    const double at = asked.is_in_pixels ? asked.box[i] : asked.box[i] * image.side();
    return static_cast<int>(std::lround(std::clamp(at, 0.0, double(image.side())))) -
           (i % 2 == 0 ? image.left() : image.top());
  };
  const PixelBox box{pixel(0), pixel(1), pixel(2), pixel(3)};
  const Random of_picture =
      shared_chance(*shown, fmt::format("[{},{},{},{}]", box.x1, box.y1, box.x2, box.y2));
  const bool is_malformed = random.uniform() < noise_.malformed;
  std::string text =
      spell_mask(asked.format, noisy_mask(truth_.shapes_in(*shown), box, noise_, of_picture), image, random);
  if (is_malformed) text.resize(text.size() / 2);
  return text;
}

Random SimulatedVision::shared_chance(const ShownView& shown, const std::string& question) const {
  const PixelBox& crop = shown.crop;
  return Random(mix64(seed_) ^ text_hash(fmt::format("{}/{} {},{},{},{} {}", shown.uid, shown.view, crop.x1,
                                                     crop.y1, crop.x2, crop.y2, question)));
}

}  // namespace funcorr
