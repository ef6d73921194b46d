#pragma once

#include <array>
#include <string>
#include <vector>

#include "db/dataset/record/pair.h"
#include "db/dataset/workspace.h"
#include "db/format/options.h"
#include "db/format/random.h"
#include "eval/truth/annotation.h"

namespace funcorr {

struct TrialOptions {
  int trials = 6;           // pairs of views of an annotated pair
  int most_points = 10000;  // of a pair of views
  int least_points = 16;
  static const OptionList<TrialOptions>& options();
};

// Makes and stores the ground truth of an annotated pair: of every pair of views that choose_views() draws.
// Returns their rows; pairs of views with too few correspondences are left out, so that there may be none.
// `categories`: of both objects. Throws std::runtime_error that names the file which is missing or unfit.
std::vector<Pair> make_trials(const Workspace& workspace, const PairAnnotation& annotation,
                              const std::array<std::string, 2>& categories, const TrialOptions& options,
                              Random& random);

}  // namespace funcorr
