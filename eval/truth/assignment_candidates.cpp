#include "eval/truth/assignment_candidates.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace funcorr {
namespace {

constexpr std::size_t kStripLength = 8;
constexpr std::size_t kVector = 16;  // strips come in whole vectors

struct ScanInput {
  std::size_t strips, padded;
  const float *x, *y, *z, *dual;
  float row_x, row_y, row_z;
};

// reduced[j] = |row − column j| − dual[j]; strip_min[s] = the least of it over columns j with j mod strips =
// s.
[[gnu::always_inline]] inline void scan_columns(const ScanInput& in, float* __restrict reduced,
                                                float* __restrict strip_min) {
  for (std::size_t s = 0; s < in.strips; ++s) strip_min[s] = std::numeric_limits<float>::max();
  for (std::size_t begin = 0; begin < in.padded; begin += in.strips) {
    const float *x = in.x + begin, *y = in.y + begin, *z = in.z + begin, *dual = in.dual + begin;
    float* out = reduced + begin;
    for (std::size_t s = 0; s < in.strips; ++s) {
      const float dx = x[s] - in.row_x, dy = y[s] - in.row_y, dz = z[s] - in.row_z;
      const float value = __builtin_sqrtf(dx * dx + dy * dy + dz * dz) - dual[s];
      out[s] = value;
      strip_min[s] = value < strip_min[s] ? value : strip_min[s];
    }
  }
}

void scan_portable(const ScanInput& in, float* reduced, float* strip_min) {
  scan_columns(in, reduced, strip_min);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void scan_avx2(const ScanInput& in, float* reduced, float* strip_min) {
  scan_columns(in, reduced, strip_min);
}
bool has_avx2() { return __builtin_cpu_supports("avx2") != 0; }
#else
constexpr auto scan_avx2 = scan_portable;
bool has_avx2() { return false; }
#endif

std::size_t round_up(std::size_t value, std::size_t step) { return (value + step - 1) / step * step; }

}  // namespace

AssignmentCandidates::AssignmentCandidates(const std::vector<Vec3d>& rows, const std::vector<Vec3d>& columns)
    : rows_(rows), columns_(columns), column_dual_(columns.size(), 0.0), lists_(rows.size()) {
  const std::size_t n = columns.size();
  strips_ = std::max(kVector, round_up((n + kStripLength - 1) / kStripLength, kVector));
  padded_ = round_up(n, strips_);
  x_.assign(padded_, 0);
  y_.assign(padded_, 0);
  z_.assign(padded_, 0);
  dual_.assign(padded_, -std::numeric_limits<float>::max() / 4);  // padding: never among the cheapest
  reduced_.resize(padded_);
  strip_min_.resize(strips_);
  // Around a common centre, single precision loses least.
  Vec3d center{};
  for (const Vec3d& p : columns) center += p * (1.0 / static_cast<double>(n));
  for (auto* set : {&rows_, &columns_})
    for (Vec3d& p : *set) {
      p -= center;
      largest_ = std::max({largest_, std::abs(p.x), std::abs(p.y), std::abs(p.z)});
    }
  for (std::size_t j = 0; j < n; ++j) {
    x_[j] = static_cast<float>(columns_[j].x);
    y_[j] = static_cast<float>(columns_[j].y);
    z_[j] = static_cast<float>(columns_[j].z);
    dual_[j] = 0;
  }
}

double AssignmentCandidates::cost(std::size_t row, std::size_t column) const {
  return length(rows_[row] - columns_[column]);
}

void AssignmentCandidates::lower_column_dual(std::size_t column, double value) {
  column_dual_[column] = value;
  dual_[column] = static_cast<float>(value);
  largest_ = std::max(largest_, std::abs(value));
}

void AssignmentCandidates::rescan(std::size_t row, std::size_t wanted) {
  List& list = lists_[row];
  list.candidates.clear();
  const std::size_t n = columns_.size();
  if (wanted >= strips_) {
    for (std::size_t j = 0; j < n; ++j)
      list.candidates.push_back({static_cast<std::int32_t>(j), cost(row, j)});
    list.bound = std::numeric_limits<double>::infinity();
    return;
  }
  const Vec3d& p = rows_[row];
  const ScanInput input{strips_,
                        padded_,
                        x_.data(),
                        y_.data(),
                        z_.data(),
                        dual_.data(),
                        static_cast<float>(p.x),
                        static_cast<float>(p.y),
                        static_cast<float>(p.z)};
  static const auto scan = has_avx2() ? scan_avx2 : scan_portable;
  scan(input, reduced_.data(), strip_min_.data());
  // At least `wanted` columns are at or below the wanted-th least strip minimum.
  order_ = strip_min_;
  const auto nth = order_.begin() + static_cast<std::ptrdiff_t>(wanted);
  std::nth_element(order_.begin(), nth, order_.end());
  const float threshold = *nth;
  for (std::size_t s = 0; s < strips_; ++s) {
    if (strip_min_[s] > threshold) continue;
    for (std::size_t j = s; j < n; j += strips_)
      if (reduced_[j] <= threshold) list.candidates.push_back({static_cast<std::int32_t>(j), cost(row, j)});
  }
  const double rounding = 32 * std::numeric_limits<float>::epsilon() * largest_;
  list.bound = static_cast<double>(threshold) - rounding;
}

void AssignmentCandidates::trim(std::size_t row, std::size_t most) {
  List& list = lists_[row];
  if (list.candidates.size() <= most) return;
  const auto reduced = [&](const Candidate& c) {
    return c.cost - column_dual_[static_cast<std::size_t>(c.column)];
  };
  const auto nth = list.candidates.begin() + static_cast<std::ptrdiff_t>(most);
  std::nth_element(list.candidates.begin(), nth, list.candidates.end(),
                   [&](const Candidate& a, const Candidate& b) { return reduced(a) < reduced(b); });
  list.bound = std::min(list.bound, reduced(*nth));
  list.candidates.erase(nth, list.candidates.end());
  list.candidates.shrink_to_fit();
}

}  // namespace funcorr
