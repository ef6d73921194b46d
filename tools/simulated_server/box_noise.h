#pragma once

#include <optional>
#include <vector>

#include "db/dataset/record/box.h"
#include "db/format/named_enum.h"
#include "db/format/options.h"
#include "db/format/random.h"

namespace funcorr {

// A model sees every picture at its own size: the square of so many pixels a side that CogVLM makes of it.
constexpr int kModelSide = 490;

// How answers differ from the truth. Standard deviations are of each side of a box; shares are 0 … 1.
struct AnswerNoise {
  // Drawn for every answer on its own.
  double jitter = 0.03;     // standard deviation, as a share of the box's size
  double miss = 0.02;       // answers: "not found" although there is a box to tell
  double wrong = 0.03;      // answers: the box of another part
  double several = 0.05;    // answers: a second box besides
  double malformed = 0.03;  // answers: no box that could be read, or one that makes no sense
  double jitter_px = 0;     // standard deviation, in pixels of the picture as the model sees it (kModelSide)
  // Drawn once for a picture and a part: all samples share it.
  double wrong_view = 0;      // views: the box of another part, or of the whole object
  double whole_view = 0;      // of the other views: the box of the whole object
  double hallucinate = 0;     // views in which the part cannot be seen: a box nevertheless, as in wrong_view
  double loose = 0;           // each side lies farther out by 0 … loose of the box's size
  double jitter_view = 0;     // as jitter
  double jitter_px_view = 0;  // as jitter_px
  // Of masks, drawn once for a picture and a box (mask_noise.h).
  double mask_erosion = 1;   // pixels of the picture as the model sees it that a mask lacks all around
  double mask_leak = 0.03;   // masks: with all of the object that is in the box
  double mask_wrong = 0.03;  // masks: of another part, or of the whole object

  static const OptionList<AnswerNoise>& options();
};

// Levels up to "high" draw every answer on its own, each with twice the noise of the one before; harsh ones
// mostly err in whole views, as models do.
enum class NoiseLevel { kNone, kLow, kMedium, kHigh, kHarsh, kHarshest };
constexpr auto names_of(NoiseLevel) {
  return std::to_array<EnumName<NoiseLevel>>({{NoiseLevel::kNone, "none"},
                                              {NoiseLevel::kLow, "low"},
                                              {NoiseLevel::kMedium, "medium"},
                                              {NoiseLevel::kHigh, "high"},
                                              {NoiseLevel::kHarsh, "harsh"},
                                              {NoiseLevel::kHarshest, "harshest"}});
}
AnswerNoise noise_of(NoiseLevel level);  // "low": the defaults

// What is to be seen in a picture, in its pixels.
struct PictureTruth {
  std::optional<PixelBox> part = {};  // the asked one; nothing where it cannot be seen
  std::vector<PixelBox> others = {};  // of the other visible parts
  PixelBox object = {};               // the whole of it; the picture where nothing of it can be seen
  int width = 0, height = 0;          // of the picture before it is padded to a square
};

struct NoisyAnswer {
  bool is_malformed = false;  // it cannot be read
  std::vector<PixelBox> boxes =
      {};  // within the picture; one may hold no pixel (x1 = x2), which parsers flag
};

// One sample's answer. `of_picture`: the same for all samples of a picture and part. `sample`: its own; it is
// moved on, so that words may be drawn from it. The same numbers are drawn whatever the shares are: a share
// that changes leaves alone the answers that it does not make, and shares of 0 the answers of before.
NoisyAnswer noisy_answer(const PictureTruth& truth, const AnswerNoise& noise, Random of_picture,
                         Random& sample);

}  // namespace funcorr
