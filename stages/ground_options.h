#pragma once

#include <filesystem>

#include "labeling/asking/asking_options.h"
#include "labeling/grounding/first_pass.h"
#include "labeling/grounding/part_grounding.h"
#include "labeling/grounding/segment_asker.h"

namespace funcorr {

// The paper's model, and how it samples.
inline AskingOptions box_model() {
  return {.model = "cogvlm-grounding-generalist",
          .provider = {.max_n = 4},
          .sampling = {.temperature = 0.9, .top_p = 0.95, .max_tokens = 256}};
}

inline constexpr int kQuestionsAtOnce = 256;

struct GroundOptions {
  AskingOptions asking = box_model();
  ImageOptions images{};
  GroundingOptions grounding{};
  FirstPassOptions first_pass{};
  SegmentOptions segment{};
  std::filesystem::path prompt{};
  int batch_items = kQuestionsAtOnce;

  static const OptionList<GroundOptions>& options();
};

inline const OptionList<GroundOptions>& GroundOptions::options() {
  static const OptionList<GroundOptions> list{
      options_of(&GroundOptions::asking),
      options_of(&GroundOptions::images),
      options_of(&GroundOptions::grounding),
      options_of(&GroundOptions::first_pass),
      options_of(&GroundOptions::segment),
      option("prompt", &GroundOptions::prompt)
          .help("file with the question; empty: the one that comes with funcorr for the box format")
          .leaves_results(),
      option("batch_items", &GroundOptions::batch_items)
          .range(1, 100'000)
          .help("parts of assets that are asked for at the same time; the batch transport takes more")
          .leaves_results()};
  return list;
}

}  // namespace funcorr
