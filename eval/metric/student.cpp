#include "eval/metric/student.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace funcorr {
namespace {

// P(|T| < t) in closed form (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4).
double probability_within(double t, int degrees) {
  const double angle = std::atan(t / std::sqrt(degrees)), cosine = std::cos(angle);
  const bool is_odd = degrees % 2 == 1;
  double term = is_odd ? cosine : 1.0, sum = 0;
  for (int k = is_odd ? 1 : 0; k <= degrees - 2; k += 2) {
    sum += term;
    term *= cosine * cosine * (k + 1.0) / (k + 2.0);
  }
  const double series = std::sin(angle) * sum;
  return is_odd ? (angle + series) * 2 / std::numbers::pi : series;
}

}  // namespace

double student_quantile(int degrees, double probability) {
  double low = 0, high = 1;
  while (probability_within(high, degrees) < probability) high *= 2;
  while (high - low > 1e-10 * high) {
    const double middle = low + (high - low) / 2;
    (probability_within(middle, degrees) < probability ? low : high) = middle;
  }
  return high;
}

Interval student_mean(const std::vector<double>& values, double confidence) {
  Interval result;
  result.samples = values.size();
  if (values.empty()) return result;
  const auto count = static_cast<double>(values.size());
  result.mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  const double reach = values.size() < 2 ? std::numeric_limits<double>::quiet_NaN()
                                         : student_quantile(static_cast<int>(values.size()) - 1, confidence) *
                                               std::sqrt(squares / (count - 1) / count);
  result.low = result.mean - reach;
  result.high = result.mean + reach;
  return result;
}

}  // namespace funcorr
