#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "db/manifest/evaluation.h"
#include "pipeline/stage.h"
#include "train/trainer/trainer.h"

namespace funcorr {

// Ground-truth pairs of objects that training does not see, for a look at the paper's metrics while a run
// trains.
class HeldOutPairs {
 public:
  // At most `most` pairs, evenly spread over those that funcorr-pair has made of these functions and that
  // have no object of the train split.
  HeldOutPairs(Manifest& manifest, const Workspace& workspace, std::size_t most,
               const std::vector<std::string>& functions);
  std::size_t size() const { return pairs_.size(); }

  // As the row `row` of the results table measures: means over pairs and directions. At every measurement
  // draws the first pair, matched by label transfer, into <run folder>/matches/step-<step>.png. Without
  // pairs nothing is measured.
  TrainingProbe probe(const std::string& row, const std::filesystem::path& run_folder) const;

 private:
  Workspace workspace_;
  std::vector<Pair> pairs_;
};

}  // namespace funcorr
