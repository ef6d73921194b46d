#include "labeling/grounding/spread_order.h"

#include <algorithm>
#include <limits>

namespace funcorr {

std::vector<std::size_t> spread_order(std::span<const Vec3d> eyes) {
  std::vector<std::size_t> order;
  std::vector<double> nearest(eyes.size(),
                              std::numeric_limits<double>::infinity());  // chosen one; −1: itself
  while (order.size() < eyes.size()) {
    const auto next = static_cast<std::size_t>(std::ranges::max_element(nearest) - nearest.begin());
    order.push_back(next);
    for (std::size_t v = 0; v < eyes.size(); ++v)
      nearest[v] = std::min(nearest[v], length(normalized(eyes[v]) - normalized(eyes[next])));
    nearest[next] = -1;
  }
  return order;
}

}  // namespace funcorr
