#pragma once

#include <string>
#include <vector>

#include "pipeline/driver/run.h"

namespace funcorr {

// What `funcorr paper` was told.
struct PaperWish {
  // To train the full model with, besides the configuration's; parted by commas.
  std::string spatial_weights = "1,3,10,30", mask_weights = "0.1,1,10";
  std::string seeds;               // of these and of missing ablations; empty: the configuration's own
  std::vector<std::string> extra;  // arguments of funcorr-paper
};

// The line up to evaluate, the sweep of the weights and of the ablations that the line's runs lack, and the
// page. Runs that fail do not keep the others from being measured.
std::vector<Step> plan_paper(const PaperWish& wish, const DriverOptions& options);

}  // namespace funcorr
