#pragma once

#include <string>

#include "db/dataset/record/pair.h"

namespace funcorr::tests {

// A metric of the first trial of an annotated pair.
inline MetricWithPair measured(const std::string& row, const std::string& annotated,
                               const std::string& function, bool within_category, const std::string& metric,
                               double value) {
  return {
      {row, pair_id(annotated, 0), 0, metric, value}, function, "mug", within_category ? "mug" : "kettle"};
}

}  // namespace funcorr::tests
