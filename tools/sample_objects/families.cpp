#include "tools/sample_objects/families.h"

#include <algorithm>

namespace funcorr {

const std::vector<SampleFamily>& sample_families() {
  static const std::vector<SampleFamily> kFamilies = [] {
    std::vector<SampleFamily> all;
    for (const auto& families :
         {vessel_families(), utensil_families(), hand_tool_families(), brush_families(), hook_families()})
      all.insert(all.end(), families.begin(), families.end());
    std::sort(all.begin(), all.end(),
              [](const SampleFamily& a, const SampleFamily& b) { return a.category < b.category; });
    return all;
  }();
  return kFamilies;
}

}  // namespace funcorr
