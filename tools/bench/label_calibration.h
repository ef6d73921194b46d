#pragma once

#include <map>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace funcorr {

// Whether points are of a part, by their margins and the agreement of the part's boxes, to fit the table of
// labeling/fusion/posterior.cpp to.
class CalibrationFit {
 public:
  void add(double margin, double agreement, bool is_true);
  void add(const CalibrationFit& other);
  // Isotonic in the margin (pool adjacent violators), for the agreements and at the margins given.
  // [agreements][margins]
  std::vector<std::vector<double>> table(const std::vector<double>& agreements,
                                         const std::vector<double>& margins) const;

 private:
  static constexpr int kMarginBins = 400, kAgreementBins = 50;
  std::map<std::pair<int, int>, std::pair<double, double>> counts_;  // (agreement, margin) → hits, all
};

}  // namespace funcorr
