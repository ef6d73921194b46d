#pragma once

#include <functional>
#include <optional>
#include <string>

#include "db/dataset/record/selection.h"
#include "db/manifest/manifest.h"

namespace funcorr {

// Table selection: how select came to an asset's category.

void upsert_selection(Manifest& manifest, const Selection& selection);
std::optional<Selection> find_selection(Manifest& manifest, const std::string& uid);
// In uid order. `visit` must leave the table as it is.
void for_each_selection(Manifest& manifest, const std::function<void(const Selection&)>& visit);

// The asset's first caption by source; empty where it has none.
std::string caption_of(Manifest& manifest, const std::string& uid);

// Assets with a caption that have no category, or one that select gave them, in uid order.
void for_each_selectable_asset(Manifest& manifest, const std::function<void(const CaptionedAsset&)>& visit);

}  // namespace funcorr
