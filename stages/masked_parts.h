#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stages/part_item.h"

namespace funcorr {

// The parts of assets that are packed: those that have masks, perform some function and are not too doubtful.
class MaskedParts {
 public:
  struct MaskedPart {
    Part part;
    std::string fingerprint;  // of its masks
  };

  MaskedParts(Manifest& manifest, std::optional<double> max_doubt)
      : manifest_(manifest), parts_(manifest), max_doubt_(max_doubt) {}

  // In name order.
  std::vector<MaskedPart> of(const std::string& uid) {
    std::vector<MaskedPart> masked;
    for (Part& part : parts_.of(uid)) {
      if (part.functions.empty()) continue;
      auto mask = done_fingerprint(manifest_, "mask", PartItem{uid, part.name}.key());
      if (!mask) continue;
      if (max_doubt_ && doubt_of(uid, part) > *max_doubt_)
        ++doubtful_;
      else
        masked.push_back({std::move(part), std::move(*mask)});
    }
    return masked;
  }

  int doubtful() const { return doubtful_; }  // left out of all assets that were asked for

 private:
  double doubt_of(const std::string& uid, const Part& part) const {
    const auto support = find_part_support(manifest_, uid, part.name);
    return support ? support->doubt : 1;
  }

  Manifest& manifest_;
  AssetParts parts_;
  std::optional<double> max_doubt_;  // none: all count
  int doubtful_ = 0;
};

}  // namespace funcorr
