#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>

#include "db/format/members.h"
#include "db/format/named_enum.h"

namespace funcorr {

// Two objects aligned for a function, an annotated pair, by one name; its trials, each a pair of views, are
// "<annotated pair>/trial_<k>".
inline std::string annotated_pair(const std::string& function, const std::string& uid_1,
                                  const std::string& uid_2, const std::string& label) {
  return function + "/" + uid_1 + "|||" + uid_2 + "|||" + label;
}
inline std::string pair_id(const std::string& annotated_pair, int trial) {
  return annotated_pair + "/trial_" + std::to_string(trial);
}
inline std::string annotated_pair_of(const std::string& pair_id) {
  return pair_id.substr(0, pair_id.rfind("/trial_"));
}

// Where ground-truth pairs are from: this workspace's own objects, or one of the paper's two evaluation sets
// (section 3.2), rendered objects and photographs.
enum class PairSet { kOwn, kSynthetic, kReal };
constexpr auto names_of(PairSet) {
  return std::to_array<EnumName<PairSet>>(
      {{PairSet::kOwn, "own"}, {PairSet::kSynthetic, "synthetic"}, {PairSet::kReal, "real"}});
}

struct Pair {      // a ground-truth image pair
  std::string id;  // "<function>/<uid1>|||<uid2>|||<label>/trial_<k>"
  std::string function, uid_1, uid_2, category_1, category_2, label;
  int trial = 0, view_1 = 0, view_2 = 0;
  std::int64_t points = 0;  // matched pixels
  double cost = 0;          // of the assignment, mean Euclidean distance in object-1 units
  std::string path;         // of the arrays, relative to the workspace
  PairSet set = PairSet::kOwn;
  bool within_category() const { return category_1 == category_2; }
  static constexpr auto members() {
    return std::tuple{member("id", &Pair::id),
                      member("function", &Pair::function),
                      member("uid_1", &Pair::uid_1),
                      member("uid_2", &Pair::uid_2),
                      member("category_1", &Pair::category_1),
                      member("category_2", &Pair::category_2),
                      member("label", &Pair::label),
                      member("trial", &Pair::trial),
                      member("view_1", &Pair::view_1),
                      member("view_2", &Pair::view_2),
                      member("points", &Pair::points),
                      member("cost", &Pair::cost),
                      member("path", &Pair::path),
                      member("set", &Pair::set)};
  }
};

// A row of the results table and what it is measured on, if that is not the row's own: a training run, or, in
// rows of a vision-language model, a named run of locate.
struct RowAndRun {
  std::string row;
  std::string run{};  // empty: the training run of the row's name, locate's run without a name, or none

  // As people see it: "full", "full/<run>", "vlm:<run>+backbone".
  std::string label() const {
    if (run.empty() || run == row) return row;
    const std::size_t plus = row.find('+');
    return plus == std::string::npos ? row + "/" + run : row.substr(0, plus) + ":" + run + row.substr(plus);
  }
  static RowAndRun from_label(const std::string& label) {
    if (const std::size_t slash = label.find('/'); slash != std::string::npos)
      return {label.substr(0, slash), label.substr(slash + 1)};
    const std::size_t colon = label.find(':'), plus = label.rfind('+');
    if (colon == std::string::npos || plus == std::string::npos || plus < colon) return {label};
    return {label.substr(0, colon) + label.substr(plus), label.substr(colon + 1, plus - colon - 1)};
  }
};
inline std::string row_label(const std::string& row, const std::string& run) {
  return RowAndRun{row, run}.label();
}

// The item of evaluate that measures a row of the results table on a pair: "<row label>@<pair id>".
struct RowAndPair {
  std::string row, pair;
  std::string run{};  // as in RowAndRun
  std::string key() const { return row_label(row, run) + "@" + pair; }
  static RowAndPair from_key(const std::string& key) {
    const std::size_t at = key.find('@');
    RowAndRun row = RowAndRun::from_label(key.substr(0, at));
    return {std::move(row.row), key.substr(at + 1), std::move(row.run)};
  }
};

struct Metric {     // one number of one (row, run, pair, direction)
  std::string row;  // of the results table: "chance", "backbone", "full" …
  std::string pair;
  int direction = 0;  // 0: image 1 → 2, 1: image 2 → 1
  std::string name;   // "transfer.distance", "transfer.pck@23", "discovery.f1@10", "discovery.ap@5" …
  double value = 0;
  std::string run{};  // as in RowAndRun
  static constexpr auto members() {
    return std::tuple{member("row", &Metric::row),
                      member("pair", &Metric::pair),
                      member("direction", &Metric::direction),
                      member("name", &Metric::name),
                      member("value", &Metric::value),
                      member("run", &Metric::run)};
  }
};

struct MetricWithPair {
  Metric metric;
  std::string function, category_1, category_2;
  PairSet set = PairSet::kOwn;
};

enum class RunState { kRunning, kDone, kFailed };
constexpr auto names_of(RunState) {
  return std::to_array<EnumName<RunState>>(
      {{RunState::kRunning, "running"}, {RunState::kDone, "done"}, {RunState::kFailed, "failed"}});
}

struct Run {  // a training run
  std::string name, config_json;
  RunState state = RunState::kRunning;
  std::int64_t step = 0, steps = 0;
  double loss = 0;
  std::string checkpoint;  // relative to the workspace
};

}  // namespace funcorr
