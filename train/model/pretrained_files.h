#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "db/format/options.h"

namespace funcorr {

// What somebody says of a run's frozen networks: for a checkpoint of the release, which has no config.json,
// and for files that lie elsewhere than a run's config.json says. Free of LibTorch.
struct PretrainedFiles {
  std::filesystem::path weights;                   // the backbone's; empty: as the run says
  int heads = 0;                                   // its attention heads; 0: as the run says
  std::filesystem::path text_weights, vocabulary;  // CLIP's; empty: as the run says
  int text_heads = 0;                              // of CLIP's text tower; 0: as the run says
  std::vector<std::string> functions;              // that a checkpoint without config.json was trained for

  static const OptionList<PretrainedFiles>& options();
};

}  // namespace funcorr
