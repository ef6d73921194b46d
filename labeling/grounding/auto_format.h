#pragma once

#include <cstdint>
#include <vector>

#include "labeling/grounding/part_asker.h"

namespace funcorr {

struct AutoFormat {
  const BoxFormat* format = nullptr;  // null: nothing was asked, or the run was stopped
  std::int64_t answers = 0, usable = 0;
};

// Asks about these parts, each in another of its views, as many requests as a pilot has, and tells which
// format reads the answers: those that PartAsker then finds in the ledger. `pilot` collects them. Throws
// EnvironmentError where nothing can be asked, where the pilot fails, and what BoxPilot::choose() throws.
AutoFormat find_format(const GroundingOptions& options, const AskingOptions& asking_options,
                       const Prompt& prompt, const Workspace& workspace,
                       const std::vector<PartQuestion>& parts, Asking& asking, BoxPilot& pilot);

}  // namespace funcorr
