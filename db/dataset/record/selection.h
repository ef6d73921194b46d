#pragma once

#include <string>
#include <vector>

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

struct CaptionedAsset {
  std::string uid, caption;
};

}  // namespace funcorr
