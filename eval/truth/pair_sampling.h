#pragma once

#include <cstdint>
#include <vector>

#include "db/dataset/record/split.h"
#include "db/dataset/workspace.h"
#include "db/format/options.h"
#include "eval/truth/frames.h"

namespace funcorr {

// Annotated pairs of assets whose sidecars hold functional frames.
struct PairSamplingOptions {
  std::vector<Split> splits{Split::kTest, Split::kUnseen};
  int pairs_per_function = 20;
  double across_share = 0.5;
  double box_margin = 0.05;
  static const OptionList<PairSamplingOptions>& options();
};

// Pairs for every function that one of the objects has a frame of, in the functions' order. `objects`:
// rendered assets of the splits that the options name. Throws std::runtime_error that names the file which is
// missing or unfit.
std::vector<FramePair> sample_pairs(const Workspace& workspace, const std::vector<FrameObject>& objects,
                                    const PairSamplingOptions& options, std::uint64_t seed);

// The pair's annotation, of the frames and parts that filter has found. Throws std::invalid_argument where an
// object has no frame for the function, or no surface point on its parts.
PairAnnotation align_by_frames(const Workspace& workspace, const FramePair& pair,
                               const PairSamplingOptions& options);

}  // namespace funcorr
