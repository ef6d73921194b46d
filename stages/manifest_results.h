#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "db/manifest/evaluation.h"
#include "db/manifest/items.h"
#include "eval/metric/results.h"

namespace funcorr {

// Pair ids are "<annotated pair>/trial_<k>".
inline std::string annotation_of(const std::string& pair_id) {
  return pair_id.substr(0, pair_id.rfind("/trial_"));
}

inline std::string evaluate_key(const std::string& row, const std::string& pair_id) {
  return row + "@" + pair_id;
}

// The metrics of everything that is evaluated now: what evaluate prints and report draws. Rows of pairs that
// are not items any more do not count.
inline Results manifest_results(Manifest& manifest, std::uint64_t seed) {
  Results results(seed);
  std::pair<std::string, std::string> last;
  bool is_current = false;
  for_each_metric(manifest, [&](const MetricWithPair& found) {
    const Metric& metric = found.metric;
    if (last != std::pair{metric.row, metric.pair}) {
      last = {metric.row, metric.pair};
      is_current = done_fingerprint(manifest, "evaluate", evaluate_key(metric.row, metric.pair)).has_value();
    }
    if (is_current)
      results.add({metric.row, annotation_of(metric.pair), found.function,
                   found.category_1 == found.category_2, metric.name, metric.value});
  });
  return results;
}

}  // namespace funcorr
