#pragma once

#include <vector>

#include "eval/metric/bootstrap.h"

namespace funcorr {

// The t that |Student's t| of so many degrees of freedom (at least 1) stays below with this probability, to
// 1e-9 of itself.
double student_quantile(int degrees, double probability);

// Mean of independent, normally distributed values with Student's interval: for few of them, where a
// bootstrap is far too sure. A single value has no interval: low and high are NaN. None: all zero.
Interval student_mean(const std::vector<double>& values, double confidence = 0.95);

}  // namespace funcorr
