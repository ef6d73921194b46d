#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "db/format/options.h"
#include "labeling/asking/asking_options.h"
#include "labeling/client/price_table.h"

namespace funcorr {

// What the name of a provider and of a model imply for the options that nobody set: server, key, which fields
// are sent (provider_preset.h), prices and what an image counts (price_table.h). Values that are the options'
// already are left out. `images` and `embedding`: of stages that have such options, else null.
std::vector<ImpliedValue> implied_values(const AskingOptions& asking, const ImageOptions* images,
                                         const EmbeddingOptions* embedding, const PriceTable& prices);

}  // namespace funcorr
