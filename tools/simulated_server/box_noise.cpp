#include "tools/simulated_server/box_noise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

namespace funcorr {
namespace {

// By side of a box: x1, y1, x2, y2.
using Sides = std::array<double, 4>;

constexpr std::uint64_t kPixels = 0x7069786c73;  // names the stream of a sample's pixel jitter

Sides normals(Random& random) {
  Sides values{};
  for (double& value : values) value = random.normal();
  return values;
}

// What goes wrong with all samples of a picture alike.
struct SharedError {
  bool is_wrong = false, is_whole = false, is_hallucinated = false;
  std::uint64_t which = 0;      // of the boxes that may stand in for the part's
  double looseness = 0;         // 0 … 1 of AnswerNoise::loose
  Sides jitter{}, jitter_px{};  // standard normal
};

SharedError draw(const AnswerNoise& noise, Random random) {
  SharedError error;
  error.is_wrong = random.uniform() < noise.wrong_view;
  error.is_whole = random.uniform() < noise.whole_view;
  error.is_hallucinated = random.uniform() < noise.hallucinate;
  error.which = random.next();
  error.looseness = random.uniform();
  error.jitter = normals(random);
  error.jitter_px = normals(random);
  return error;
}

// What the model takes for the part in this picture.
std::optional<PixelBox> taken_for_part(const PictureTruth& truth, const SharedError& error) {
  const std::size_t which = error.which % (truth.others.size() + 1);
  const PixelBox& stand_in = which < truth.others.size() ? truth.others[which] : truth.object;
  if (!truth.part) return error.is_hallucinated ? std::optional(stand_in) : std::nullopt;
  if (error.is_wrong) return stand_in;
  return error.is_whole ? truth.object : truth.part;
}

// Draws boxes near given ones.
class Pen {
 public:
  Pen(const PictureTruth& truth, const AnswerNoise& noise, const SharedError& shared, Random& sample)
      : truth_(truth),
        noise_(noise),
        shared_(shared),
        sample_(sample),
        pixels_(mix64(Random(sample).next() ^ kPixels)),
        pixel_(std::max(truth.width, truth.height) / double{kModelSide}) {}

  PixelBox near(const PixelBox& box) {
    const int width = box.width(), height = box.height();
    const int x1 = side(0, box.x1, -width, truth_.width), y1 = side(1, box.y1, -height, truth_.height);
    const int x2 = side(2, box.x2, width, truth_.width), y2 = side(3, box.y2, height, truth_.height);
    return {std::min(x1, x2), std::min(y1, y2), std::max({x1, x2, 1}), std::max({y1, y2, 1})};
  }

 private:
  // `outward`: the box's size along the axis, negative where the side's way out is.
  int side(std::size_t which, int position, int outward, int end) {
    const int size = std::abs(outward);
    const double shared = noise_.loose * shared_.looseness * outward +
                          noise_.jitter_view * size * shared_.jitter[which] +
                          noise_.jitter_px_view * pixel_ * shared_.jitter_px[which];
    const double own = noise_.jitter * size * sample_.normal() + noise_.jitter_px * pixel_ * pixels_.normal();
    return std::clamp(static_cast<int>(std::lround(position + shared + own)), 0, end);
  }

  const PictureTruth& truth_;
  const AnswerNoise& noise_;
  const SharedError& shared_;
  Random& sample_;
  Random pixels_;  // a stream of its own: jitter in pixels changes no other number
  double pixel_;   // of the model's picture, in pixels of this one
};

}  // namespace

const OptionList<AnswerNoise>& AnswerNoise::options() {
  static const OptionList<AnswerNoise> list{
      option("jitter", &AnswerNoise::jitter)
          .range(0, 1)
          .help("standard deviation of a box's sides, as a share of its size"),
      option("miss", &AnswerNoise::miss)
          .range(0, 1)
          .help("share of answers that find nothing although the part is there"),
      option("wrong", &AnswerNoise::wrong).range(0, 1).help("share of answers with the box of another part"),
      option("several", &AnswerNoise::several).range(0, 1).help("share of answers with a second box"),
      option("malformed", &AnswerNoise::malformed)
          .range(0, 1)
          .help("share of answers without a sensible box"),
      option("jitter_px", &AnswerNoise::jitter_px)
          .range(0, kModelSide)
          .help("standard deviation of a box's sides, in pixels of the picture enlarged to 490 px: a crop's "
                "boxes get better by it"),
      option("wrong_view", &AnswerNoise::wrong_view)
          .range(0, 1)
          .help("share of views all of whose answers have the box of another part or of the whole object"),
      option("whole_view", &AnswerNoise::whole_view)
          .range(0, 1)
          .help("share of the other views all of whose answers have the box of the whole object"),
      option("hallucinate", &AnswerNoise::hallucinate)
          .range(0, 1)
          .help("share of views without the part all of whose answers have a box nevertheless"),
      option("loose", &AnswerNoise::loose)
          .range(0, 1)
          .help("a view's boxes reach farther on each side, by 0 to this share of their size"),
      option("jitter_view", &AnswerNoise::jitter_view)
          .range(0, 1)
          .help("as jitter, common to all answers of a view"),
      option("jitter_px_view", &AnswerNoise::jitter_px_view)
          .range(0, kModelSide)
          .help("as jitter-px, common to all answers of a view"),
      option("mask_erosion", &AnswerNoise::mask_erosion)
          .range(0, kModelSide)
          .help("pixels of the picture enlarged to 490 px that masks lack all around"),
      option("mask_leak", &AnswerNoise::mask_leak)
          .range(0, 1)
          .help("share of masks that hold all of the object that is in the box"),
      option("mask_wrong", &AnswerNoise::mask_wrong)
          .range(0, 1)
          .help("share of masks of another part, or of the whole object")};
  return list;
}

AnswerNoise noise_of(NoiseLevel level) {
  switch (level) {
    case NoiseLevel::kNone:
      return {.jitter = 0,
              .miss = 0,
              .wrong = 0,
              .several = 0,
              .malformed = 0,
              .mask_erosion = 0,
              .mask_leak = 0,
              .mask_wrong = 0};
    case NoiseLevel::kLow:
      return {};
    case NoiseLevel::kMedium:
      return {.jitter = 0.06,
              .miss = 0.04,
              .wrong = 0.06,
              .several = 0.1,
              .malformed = 0.06,
              .mask_erosion = 2,
              .mask_leak = 0.06,
              .mask_wrong = 0.06};
    case NoiseLevel::kHigh:
      return {.jitter = 0.12,
              .miss = 0.08,
              .wrong = 0.12,
              .several = 0.2,
              .malformed = 0.12,
              .mask_erosion = 4,
              .mask_leak = 0.12,
              .mask_wrong = 0.12};
    case NoiseLevel::kHarsh:
      return {.jitter = 0.05,
              .miss = 0.1,
              .wrong = 0,
              .several = 0,
              .malformed = 0,
              .wrong_view = 0.2,
              .whole_view = 0.1,
              .hallucinate = 0.7,
              .loose = 0.1,
              .jitter_view = 0.1,
              .mask_erosion = 4,
              .mask_leak = 0.2,
              .mask_wrong = 0.2};
    case NoiseLevel::kHarshest:
      return {.jitter = 0.05,
              .miss = 0.1,
              .wrong = 0,
              .several = 0,
              .malformed = 0,
              .wrong_view = 0.35,
              .whole_view = 0.15,
              .hallucinate = 1,
              .loose = 0.2,
              .jitter_view = 0.2,
              .mask_erosion = 8,
              .mask_leak = 0.35,
              .mask_wrong = 0.35};
  }
  throw std::logic_error("a noise level without shares");
}

NoisyAnswer noisy_answer(const PictureTruth& truth, const AnswerNoise& noise, Random of_picture,
                         Random& sample) {
  const SharedError shared = draw(noise, of_picture);
  const bool is_malformed = sample.uniform() < noise.malformed, is_miss = sample.uniform() < noise.miss;
  const bool is_wrong = sample.uniform() < noise.wrong, has_several = sample.uniform() < noise.several;
  const std::uint64_t which = sample.next();
  if (is_malformed) return {.is_malformed = true};
  const auto taken = taken_for_part(truth, shared);
  if (!taken || is_miss) return {};
  const PixelBox other = truth.others.empty() ? PixelBox{0, 0, truth.width, truth.height}
                                              : truth.others[which % truth.others.size()];
  Pen pen(truth, noise, shared, sample);
  NoisyAnswer answer{.boxes = {pen.near(is_wrong ? other : *taken)}};
  if (has_several) answer.boxes.insert(answer.boxes.begin(), pen.near(other));
  return answer;
}

}  // namespace funcorr
