#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "db/format/vector.h"

namespace funcorr {

// Per row of an assignment problem: its cheapest columns by reduced cost |row − column| − column_dual, found
// by a vectorised scan in single precision and stored with exact costs. While column duals only fall, every
// unlisted column keeps a reduced cost of at least `bound`.
class AssignmentCandidates {
 public:
  struct Candidate {
    std::int32_t column = 0;
    double cost = 0;  // |row − column|
  };
  struct List {
    std::vector<Candidate> candidates;
    double bound = -1e300;  // reduced cost of unlisted columns is at least this; infinite: all are listed
  };

  AssignmentCandidates(const std::vector<Vec3d>& rows, const std::vector<Vec3d>& columns);

  const List& list(std::size_t row) const { return lists_[row]; }
  double column_dual(std::size_t column) const { return column_dual_[column]; }
  const std::vector<double>& column_duals() const { return column_dual_; }
  void lower_column_dual(std::size_t column, double value);

  // Builds the row's list anew from all columns: about `wanted` of them or more.
  void rescan(std::size_t row, std::size_t wanted);
  // Shortens a list that grew beyond `most` to the cheapest of its columns.
  void trim(std::size_t row, std::size_t most);

  static constexpr std::size_t kUsualLength = 48;

 private:
  double cost(std::size_t row, std::size_t column) const;

  std::vector<Vec3d> rows_, columns_;
  std::vector<double> column_dual_;
  std::vector<List> lists_;
  // The scan's copy of the columns, padded to whole strips. Column j belongs to strip j mod strips_.
  std::size_t strips_ = 0, padded_ = 0;
  std::vector<float> x_, y_, z_, dual_;             // [padded_]
  std::vector<float> reduced_, strip_min_, order_;  // scratch of rescan
  double largest_ = 0;                              // of |coordinate| and |dual|: scale of rounding errors
};

}  // namespace funcorr
