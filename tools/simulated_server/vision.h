#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "db/format/random.h"
#include "labeling/mask/mask_reply.h"
#include "tools/simulated_server/box_noise.h"
#include "tools/simulated_server/truth.h"

namespace funcorr {

// A question for the mask of a box.
struct AskedMask {
  MaskFormat format = MaskFormat::kSam;
  std::array<double, 4> box{};  // x0, y0, x1, y1: shares of the padded square's side, or pixels of it
  bool is_in_pixels = false;
};

// The simulated vision-language model: asked for the bounding boxes of a part, or of what does a function,
// in a picture of a view, it answers from the truth, with noise. A picture that does not say which view it
// shows (shown_view_of) gets the answer that nothing was found. Thread-safe.
class SimulatedVision {
 public:
  // What all answers to a picture and part share follows from `seed`, picture and part alone.
  SimulatedVision(WorkspaceTruth& truth, AnswerNoise noise, std::string box_format, std::uint64_t seed = 0);

  // All other chance comes from `random`. `part`: its name, or the function's.
  std::string answer(std::string_view jpeg, const std::string& part, Random random);
  // As a segmentation model: the mask of what lies in a box of the picture.
  std::string mask_answer(std::string_view jpeg, const AskedMask& asked, Random random);

 private:
  // The stream that all answers to a question about the picture share.
  Random shared_chance(const ShownView& shown, const std::string& question) const;

  WorkspaceTruth& truth_;
  AnswerNoise noise_;
  std::string box_format_;
  std::uint64_t seed_;
};

}  // namespace funcorr
