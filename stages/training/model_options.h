#pragma once

#include "pipeline/options.h"
#include "train/model/run_config.h"

namespace funcorr {

// Options of the frozen backbone, the same for every stage that runs one.
void add_backbone_options(OptionTable& table);
BackboneConfig backbone_config(const Options& options);

}  // namespace funcorr
