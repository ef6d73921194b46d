#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "db/format/named_enum.h"

namespace funcorr {

struct Pair {      // a ground-truth image pair
  std::string id;  // "<function>/<uid1>|||<uid2>|||<label>/trial_<k>"
  std::string function, uid_1, uid_2, category_1, category_2, label;
  int trial = 0, view_1 = 0, view_2 = 0;
  std::int64_t points = 0;  // matched pixels
  double cost = 0;          // of the assignment, mean Euclidean distance in object-1 units
  std::string path;         // of the arrays, relative to the workspace
  bool within_category() const { return category_1 == category_2; }
};

struct Metric {     // one number of one (row, pair, direction)
  std::string row;  // "chance", "backbone", "vlm+backbone", "functional", "spatial", "full-no-mask", "full" …
  std::string pair;
  int direction = 0;  // 0: image 1 → 2, 1: image 2 → 1
  std::string name;   // "transfer.distance", "transfer.pck@23", "discovery.f1@10", "discovery.ap@5" …
  double value = 0;
};

struct MetricWithPair {
  Metric metric;
  std::string function, category_1, category_2;
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
