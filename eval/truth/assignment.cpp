#include "eval/truth/assignment.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>
#include <stdexcept>

#include "eval/truth/assignment_candidates.h"

namespace funcorr {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::int32_t kNone = -1;

using Candidates = AssignmentCandidates;

// The matching under construction. row_dual[i] is the least reduced cost of row i, kept by augment().
struct Matching {
  explicit Matching(std::size_t n) : column_of_row(n, kNone), row_of_column(n, kNone), row_dual(n, 0.0) {}
  std::vector<std::int32_t> column_of_row, row_of_column;
  std::vector<double> row_dual;
};

struct TwoBest {
  std::size_t column = 0;
  double best = kInfinity, second = kInfinity;  // reduced costs
};

TwoBest two_best_listed(const Candidates& candidates, std::size_t row) {
  TwoBest found;
  for (const auto& [column, cost] : candidates.list(row).candidates) {
    const double reduced = cost - candidates.column_dual(static_cast<std::size_t>(column));
    if (reduced < found.best) {
      found.second = found.best;
      found.best = reduced;
      found.column = static_cast<std::size_t>(column);
    } else if (reduced < found.second) {
      found.second = reduced;
    }
  }
  return found;
}

TwoBest two_best(Candidates& candidates, std::size_t row) {
  TwoBest found = two_best_listed(candidates, row);
  if (found.second <= candidates.list(row).bound) return found;
  candidates.rescan(row, Candidates::kUsualLength);
  return two_best_listed(candidates, row);
}

// One phase of the auction: rows bid for their best column until all are placed or `most_bids` were made.
void auction(Candidates& candidates, Matching& matching, double epsilon, std::size_t most_bids) {
  const std::size_t n = matching.row_dual.size();
  std::fill(matching.column_of_row.begin(), matching.column_of_row.end(), kNone);
  std::fill(matching.row_of_column.begin(), matching.row_of_column.end(), kNone);
  std::vector<std::size_t> waiting(n);
  for (std::size_t i = 0; i < n; ++i) waiting[i] = n - 1 - i;
  for (std::size_t bids = 0; !waiting.empty() && bids < most_bids; ++bids) {
    const std::size_t row = waiting.back();
    waiting.pop_back();
    const TwoBest wish = two_best(candidates, row);
    candidates.lower_column_dual(wish.column,
                                 candidates.column_dual(wish.column) - (wish.second - wish.best) - epsilon);
    const std::int32_t loser = matching.row_of_column[wish.column];
    matching.row_of_column[wish.column] = static_cast<std::int32_t>(row);
    matching.column_of_row[row] = static_cast<std::int32_t>(wish.column);
    if (loser == kNone) continue;
    matching.column_of_row[static_cast<std::size_t>(loser)] = kNone;
    waiting.push_back(static_cast<std::size_t>(loser));
  }
}

// Makes row duals exact for the present column duals and drops matched pairs that are not tight.
void keep_tight_pairs(Candidates& candidates, Matching& matching) {
  for (std::size_t row = 0; row < matching.row_dual.size(); ++row) {
    TwoBest found = two_best_listed(candidates, row);
    for (std::size_t wanted = Candidates::kUsualLength; found.best > candidates.list(row).bound;
         wanted *= 4) {
      candidates.rescan(row, wanted);
      found = two_best_listed(candidates, row);
    }
    matching.row_dual[row] = found.best;
    std::int32_t& column = matching.column_of_row[row];
    if (column == kNone || static_cast<std::size_t>(column) == found.column) continue;
    matching.row_of_column[static_cast<std::size_t>(column)] = kNone;
    column = kNone;
    if (matching.row_of_column[found.column] == kNone) {
      column = static_cast<std::int32_t>(found.column);
      matching.row_of_column[found.column] = static_cast<std::int32_t>(row);
    }
  }
}

// Dijkstra over reduced costs from one free row to the nearest free column.
class AugmentingPath {
 public:
  AugmentingPath(Candidates& candidates, Matching& matching)
      : candidates_(candidates),
        matching_(matching),
        distance_(matching.row_dual.size(), kInfinity),
        reached_from_(distance_.size(), kNone),
        settled_(distance_.size(), false) {}

  // Matches `free_row`, flipping the shortest path, and updates the duals.
  void augment(std::size_t free_row) {
    relax(free_row, 0.0);
    for (;;) {
      const Event event = events_.top();
      events_.pop();
      const auto index = static_cast<std::size_t>(event.index);
      if (event.is_expansion) {
        // Every unlisted column is at least this far: time to look at more of them.
        candidates_.rescan(index, 4 * candidates_.list(index).candidates.size());
        widened_.push_back(index);
        relax(index, row_distance(index, free_row));
      } else if (!settled_[index] && event.key <= distance_[index]) {
        if (matching_.row_of_column[index] == kNone) {
          finish(free_row, index);
          return;
        }
        settled_[index] = true;
        settled_columns_.push_back(index);
        relax(static_cast<std::size_t>(matching_.row_of_column[index]), event.key);
      }
    }
  }

 private:
  struct Event {
    double key;
    std::int32_t index;  // a column to settle, or a row whose unlisted columns come into play
    bool is_expansion;
    bool operator>(const Event& other) const { return key > other.key; }
  };

  double row_distance(std::size_t row, std::size_t free_row) const {
    return row == free_row ? 0.0 : distance_[static_cast<std::size_t>(matching_.column_of_row[row])];
  }

  void relax(std::size_t row, double base) {
    const Candidates::List& list = candidates_.list(row);
    const double dual = matching_.row_dual[row];
    for (const auto& [column, cost] : list.candidates) {
      const auto j = static_cast<std::size_t>(column);
      const double through = base + std::max(0.0, cost - candidates_.column_dual(j) - dual);
      if (through >= distance_[j] || through >= nearest_free_) continue;
      if (distance_[j] == kInfinity) touched_.push_back(j);
      distance_[j] = through;
      reached_from_[j] = static_cast<std::int32_t>(row);
      if (matching_.row_of_column[j] == kNone) nearest_free_ = through;
      events_.push({through, column, false});
    }
    const double unlisted = base + std::max(0.0, list.bound - dual);
    if (unlisted < nearest_free_) events_.push({unlisted, static_cast<std::int32_t>(row), true});
  }

  void finish(std::size_t free_row, std::size_t free_column) {
    const double total = distance_[free_column];
    matching_.row_dual[free_row] += total;
    for (const std::size_t j : settled_columns_) {
      const double slack = total - distance_[j];
      matching_.row_dual[static_cast<std::size_t>(matching_.row_of_column[j])] += slack;
      if (slack > 0) candidates_.lower_column_dual(j, candidates_.column_dual(j) - slack);
    }
    for (std::size_t column = free_column;;) {
      const std::int32_t row = reached_from_[column];
      const std::int32_t previous = matching_.column_of_row[static_cast<std::size_t>(row)];
      matching_.row_of_column[column] = row;
      matching_.column_of_row[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(column);
      if (static_cast<std::size_t>(row) == free_row) break;
      column = static_cast<std::size_t>(previous);
    }
    reset();
  }

  void reset() {
    for (const std::size_t j : touched_) {
      distance_[j] = kInfinity;
      settled_[j] = false;
    }
    for (const std::size_t row : widened_) candidates_.trim(row, 4 * Candidates::kUsualLength);
    touched_.clear();
    settled_columns_.clear();
    widened_.clear();
    events_ = {};
    nearest_free_ = kInfinity;
  }

  Candidates& candidates_;
  Matching& matching_;
  std::vector<double> distance_;            // [n] of columns; infinite: not reached
  std::vector<std::int32_t> reached_from_;  // [n] row before the column
  std::vector<bool> settled_;
  std::vector<std::size_t> touched_, settled_columns_, widened_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  double nearest_free_ = kInfinity;  // distance of the nearest free column reached so far
};

// Diagonal of the bounding box.
double extent(const std::vector<Vec3d>& points) {
  Vec3d low = points.front(), high = points.front();
  for (const Vec3d& p : points)
    for (int axis = 0; axis < 3; ++axis) {
      low[axis] = std::min(low[axis], p[axis]);
      high[axis] = std::max(high[axis], p[axis]);
    }
  return length(high - low);
}

// The distance at which neighbours compete, and so the natural unit of ε: that of a row to its nearest
// column, but where the sets lie apart no more than the spacing within the smaller one.
double competition_scale(Candidates& candidates, const std::vector<Vec3d>& rows,
                         const std::vector<Vec3d>& columns) {
  const std::size_t n = rows.size(), step = std::max<std::size_t>(1, n / 64);
  double sum = 0, count = 0;
  for (std::size_t row = 0; row < n; row += step, ++count) sum += two_best(candidates, row).best;
  const double spacing = std::min(extent(rows), extent(columns)) / std::sqrt(static_cast<double>(n));
  return std::min(sum / count, spacing);
}

void check(const std::vector<Vec3d>& rows, const std::vector<Vec3d>& columns) {
  if (rows.size() != columns.size())
    throw std::invalid_argument("assignment: the point sets differ in size: " + std::to_string(rows.size()) +
                                " and " + std::to_string(columns.size()));
  for (const auto* set : {&rows, &columns})
    for (const Vec3d& p : *set)
      if (!std::isfinite(p.x) || !std::isfinite(p.y) || !std::isfinite(p.z))
        throw std::invalid_argument("assignment: a point has a coordinate that is not finite");
}

}  // namespace

Assignment assign_points(const std::vector<Vec3d>& rows, const std::vector<Vec3d>& columns) {
  check(rows, columns);
  const std::size_t n = rows.size();
  Assignment result;
  if (n == 0) return result;
  Candidates candidates(rows, columns);
  Matching matching(n);
  if (n > 1) {
    const double whole = extent(rows) + extent(columns);
    const double last = std::max(1e-9 * whole, 2e-3 * competition_scale(candidates, rows, columns));
    for (double epsilon = whole / 8; epsilon > 0; epsilon /= 5) {
      auction(candidates, matching, std::max(epsilon, last), 60 * n);
      if (epsilon <= last) break;
    }
  }
  keep_tight_pairs(candidates, matching);
  AugmentingPath path(candidates, matching);
  for (std::size_t row = 0; row < n; ++row)
    if (matching.column_of_row[row] == kNone) path.augment(row);

  for (std::size_t row = 0; row < n; ++row)
    result.cost += length(rows[row] - columns[static_cast<std::size_t>(matching.column_of_row[row])]);
  result.column_of_row = std::move(matching.column_of_row);
  result.row_dual = std::move(matching.row_dual);
  result.column_dual = candidates.column_duals();
  return result;
}

}  // namespace funcorr
