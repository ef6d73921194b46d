#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "db/format/random.h"
#include "tools/simulated_server/box_noise.h"
#include "tools/simulated_server/truth.h"

namespace funcorr {

// The simulated vision-language model: asked for the bounding boxes of a part, or of what does a function,
// in a picture of a view, it answers from the truth, with noise. A picture that does not say which view it
// shows (shown_view_of) gets the answer that nothing was found. Thread-safe.
class SimulatedVision {
 public:
  // What all answers to a picture and part share follows from `seed`, picture and part alone.
  SimulatedVision(WorkspaceTruth& truth, AnswerNoise noise, std::string box_format, std::uint64_t seed = 0);

  // All other chance comes from `random`. `part`: its name, or the function's.
  std::string answer(std::string_view jpeg, const std::string& part, Random random);

 private:
  WorkspaceTruth& truth_;
  AnswerNoise noise_;
  std::string box_format_;
  std::uint64_t seed_;
};

}  // namespace funcorr
