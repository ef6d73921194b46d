#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "db/dataset/record/pair.h"

namespace funcorr {

// The paper's Table 1, to hold ours against. The tables of its supplement (within and across categories,
// weights of the losses, costs) are not in its text: there, ours stand alone.

inline constexpr std::size_t kPublishedMetrics = 7;
// Its columns, by our names: "transfer.distance" …
const std::vector<std::string>& published_metrics();

struct PublishedRow {
  std::string_view name;                         // as the table prints it, without the citation
  std::array<std::string_view, 2> labels;        // of our row; the second where there is no first one
  std::array<double, kPublishedMetrics> values;  // by published_metrics()
};
// In the table's order. Own pairs are held against those of the set of rendered objects.
const std::vector<PublishedRow>& published_rows(PairSet set);

}  // namespace funcorr
