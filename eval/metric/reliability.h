#pragma once

#include <array>
#include <cstddef>

namespace funcorr {

// Whether probabilities keep what they promise, in 15 bins of equal width (Guo et al. 2017, section 2).
class Reliability {
 public:
  static constexpr std::size_t kBins = 15;
  struct Bin {
    double sum = 0, hits = 0, count = 0;  // of probabilities; of what came true; of all
    double promised() const { return sum / count; }
    double kept() const { return hits / count; }
  };

  void add(double probability, bool is_true);  // 0 … 1
  Reliability& operator+=(const Reliability& other);

  const std::array<Bin, kBins>& bins() const { return bins_; }
  bool empty() const { return count() == 0; }
  double count() const;
  // Mean over all of |what a bin's probabilities promise − what they keep|; 0 where there are none.
  double expected_error() const;

 private:
  std::array<Bin, kBins> bins_{};
};

}  // namespace funcorr
