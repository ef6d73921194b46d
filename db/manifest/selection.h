#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "db/manifest/manifest.h"

namespace funcorr {

// How select came to an asset's category, step by step.
struct Selection {
  struct Candidate {
    std::string category;
    double cosine = 0;
  };
  std::string uid, caption;
  std::string name;                   // what the caption shows
  std::vector<Candidate> candidates;  // best first
  std::string category;               // verified; empty where none was
  std::string dropped;                // "" kept, "no_name", "no_match", "not_verified", "over_cap"
  std::string reason;                 // why it was dropped, one line
};

void upsert_selection(Manifest& manifest, const Selection& selection);
std::optional<Selection> find_selection(Manifest& manifest, const std::string& uid);
void for_each_selection(Manifest& manifest,
                        const std::function<void(const Selection&)>& visit);  // in uid order

// The asset's first caption by source; empty where it has none.
std::string caption_of(Manifest& manifest, const std::string& uid);

// Assets with a caption that have no category, or one that select gave them, in uid order.
struct CaptionedAsset {
  std::string uid, caption;
};
void for_each_selectable_asset(Manifest& manifest, const std::function<void(const CaptionedAsset&)>& visit);

}  // namespace funcorr
