#pragma once

#include <cstdint>
#include <vector>

#include "db/format/vector.h"

namespace funcorr {

// A minimum-cost perfect matching and the proof that it is one.
struct Assignment {
  std::vector<std::int32_t> column_of_row;  // [n]
  double cost = 0;                          // sum of the n matched distances
  // Dual solution, [n] each: row_dual[i] + column_dual[j] ≤ |row_i − column_j| for every (i, j), with
  // equality on matched pairs (both up to rounding); so Σ row_dual + Σ column_dual = cost.
  std::vector<double> row_dual, column_dual;
};

// Exact minimum-cost assignment of two sets of n points under Euclidean cost. An ε-scaling auction
// (Bertsekas 1988) finds nearly optimal duals, shortest augmenting paths (Jonker & Volgenant 1987) finish
// exactly. Column duals only ever fall, so each row's short list of cheapest columns stays valid, with a
// lower bound on everything unlisted, until that bound is reached; costs are computed on the fly and memory
// is O(n). Throws std::invalid_argument where the sets differ in size or hold a coordinate that is not
// finite. Thread-safe, deterministic.
Assignment assign_points(const std::vector<Vec3d>& rows, const std::vector<Vec3d>& columns);

}  // namespace funcorr
