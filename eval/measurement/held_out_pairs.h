#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "db/dataset/record/pair.h"
#include "db/dataset/record/split.h"
#include "db/dataset/workspace.h"
#include "eval/metric/result_row.h"
#include "train/trainer/trainer.h"

namespace funcorr {

// Ground-truth pairs of objects that training does not see, for a look at the paper's metrics while a run
// trains.
class HeldOutPairs {
 public:
  // At most `most` of `pairs`, evenly spread over those that are of these functions and have no object of the
  // train split.
  HeldOutPairs(Workspace workspace, const std::vector<Pair>& pairs, const std::vector<AssetSplit>& splits,
               const std::vector<std::string>& functions, std::size_t most);
  const std::vector<Pair>& pairs() const { return pairs_; }

  // As the row of the results table measures: means over pairs and directions. At every measurement draws the
  // first pair, matched by label transfer, into <run folder>/matches/step-<step>.png. Without pairs nothing
  // is measured.
  TrainingProbe probe(ResultRow row, const std::filesystem::path& run_folder) const;

 private:
  Workspace workspace_;
  std::vector<Pair> pairs_;
};

}  // namespace funcorr
