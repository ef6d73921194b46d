#include "eval/metric/reliability.h"

#include <algorithm>
#include <cmath>

namespace funcorr {

void Reliability::add(double probability, bool is_true) {
  Bin& bin = bins_[std::min(kBins - 1, static_cast<std::size_t>(probability * kBins))];
  bin.sum += probability;
  bin.hits += is_true ? 1 : 0;
  bin.count += 1;
}

Reliability& Reliability::operator+=(const Reliability& other) {
  for (std::size_t b = 0; b < kBins; ++b) {
    bins_[b].sum += other.bins_[b].sum;
    bins_[b].hits += other.bins_[b].hits;
    bins_[b].count += other.bins_[b].count;
  }
  return *this;
}

double Reliability::count() const {
  double count = 0;
  for (const Bin& bin : bins_) count += bin.count;
  return count;
}

double Reliability::expected_error() const {
  double error = 0;
  for (const Bin& bin : bins_) error += std::abs(bin.sum - bin.hits);
  return empty() ? 0 : error / count();
}

}  // namespace funcorr
