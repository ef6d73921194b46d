#include "eval/metric/sweep_results.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "db/format/random.h"
#include "eval/metric/student.h"
#include "tests/catch.h"
#include "tests/eval/metric/measured.h"

namespace funcorr {
namespace {

constexpr const char *kDistance = "transfer.distance", *kPck = "transfer.pck@23";

// Three names of each half.
std::vector<std::string> names_of_half(bool is_validation) {
  std::vector<std::string> names;
  for (int i = 0; names.size() < 3; ++i)
    if (const std::string name = "pour/a|||b|||" + std::to_string(i);
        is_validation_pair(name) == is_validation)
      names.push_back(name);
  return names;
}

struct Value {
  std::string setting, seed, pair, metric;
  double value = 0;
};

// Every value that there is, in one list: what the oracle sums again for every question.
struct MadeSweep {
  std::vector<SweepRun> runs;
  std::vector<Value> values;

  void add(const std::string& setting, const std::string& seed, const std::string& changes) {
    runs.push_back({"sweep." + setting + seed, setting, changes, seed, "full", "f"});
  }
  SweepResults results() const {
    SweepResults all(runs, 5);
    for (const Value& one : values) {
      MetricWithPair measured = tests::measured("full", one.pair, "pour", true, one.metric, one.value);
      measured.metric.run = "sweep." + one.setting + one.seed;
      all.add(measured);
    }
    return all;
  }
  std::vector<double> of(const std::string& setting, const std::vector<std::string>& seeds,
                         const std::string& pair, const std::string& metric) const {
    std::vector<double> found;
    for (const Value& one : values)
      if (one.setting == setting && one.pair == pair && one.metric == metric &&
          std::ranges::count(seeds, one.seed) > 0)
        found.push_back(one.value);
    return found;
  }
};

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Base and "a" with seeds 1 and 2, "b" with seed 2 alone; pairs are measured two or four times by a run.
MadeSweep made_sweep() {
  MadeSweep made;
  for (const char* seed : {"1", "2"}) made.add("base", seed, "full");
  for (const char* seed : {"1", "2"}) made.add("a", seed, "full,spatial_weight=1");
  made.add("b", "2", "full,steps=7");
  Random random(3);
  for (const SweepRun& run : made.runs)
    for (const bool half : {true, false}) {
      int times = 2;
      for (const std::string& pair : names_of_half(half)) {
        for (const char* metric : {kDistance, kPck})
          for (int i = 0; i < times; ++i)
            made.values.push_back({run.setting, run.seed, pair, metric, random.uniform()});
        times = times == 2 ? 4 : 2;
      }
    }
  return made;
}

// The bootstrap's whole distribution instead of draws from it: all 27 ways to draw three pairs are equally
// likely, so that the 2.5 % and 97.5 % quantiles are the least and the greatest mean.
struct Expected {
  double mean = 0, low = 1e9, high = -1e9;
};
Expected enumerated(const std::vector<double>& value, const std::vector<double>& weight) {
  Expected found;
  for (std::size_t draw = 0; draw < 27; ++draw) {
    double sum = 0, weights = 0;
    for (const std::size_t i : {draw % 3, draw / 3 % 3, draw / 9}) {
      sum += value[i] * weight[i];
      weights += weight[i];
    }
    found.low = std::min(found.low, sum / weights);
    found.high = std::max(found.high, sum / weights);
  }
  double sum = 0, weights = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    sum += value[i] * weight[i];
    weights += weight[i];
  }
  found.mean = sum / weights;
  return found;
}

void check_equal(const Interval& found, const Expected& expected) {
  CHECK_THAT(found.mean, Catch::WithinAbs(expected.mean, 1e-12));
  CHECK_THAT(found.low, Catch::WithinAbs(expected.low, 1e-12));
  CHECK_THAT(found.high, Catch::WithinAbs(expected.high, 1e-12));
  CHECK(found.samples == 3);
}

void check_cell(const MadeSweep& made, const SweepRow& row, const SweepCell& cell, bool is_validation) {
  const std::vector<std::string> own =
      row.setting == "b" ? std::vector<std::string>{"2"} : std::vector<std::string>{"1", "2"};
  std::vector<double> means, ahead, weights;
  for (const std::string& pair : names_of_half(is_validation)) {
    const std::vector<double> values = made.of(row.setting, own, pair, row.metric);
    means.push_back(mean_of(values));
    weights.push_back(static_cast<double>(values.size()));
    const double difference = mean_of(values) - mean_of(made.of("base", own, pair, row.metric));
    ahead.push_back(row.metric == kDistance ? -difference : difference);
  }
  check_equal(cell.mean, enumerated(means, weights));
  if (row.setting == "base") {
    CHECK(cell.ahead.samples == 0);
    CHECK_FALSE(cell.is_shown());
    return;
  }
  const Expected expected = enumerated(ahead, weights);
  check_equal(cell.ahead, expected);
  CHECK(cell.is_shown() == (expected.low > 0 || expected.high < 0));
}

const SweepRow& find(const std::vector<SweepRow>& rows, const std::string& metric,
                     const std::string& setting) {
  return *std::ranges::find_if(
      rows, [&](const SweepRow& row) { return row.metric == metric && row.setting == setting; });
}

}  // namespace

TEST_CASE("sweep results: means and leads are those of every value summed again and every draw enumerated") {
  const MadeSweep made = made_sweep();
  const std::vector<SweepRow> rows = made.results().rows();
  REQUIRE(rows.size() == 6);
  for (const SweepRow& row : rows) {
    INFO(row.metric << " of " << row.setting);
    CHECK(row.seeds == (row.setting == "b" ? 1 : 2));
    check_cell(made, row, row.validation, true);
    check_cell(made, row, row.test, false);
  }
  CHECK(rows[0].setting == "base");
  CHECK(rows[0].metric == kDistance);
}

TEST_CASE("sweep results: losses are paired by seed, and compared where they are the same quantity") {
  MadeSweep made = made_sweep();
  made.add("hot", "1", "full,temperature=0.5");
  made.add("hot", "2", "full,temperature=0.5");
  SweepResults results = made.results();
  const std::map<std::string, double> losses{{"sweep.base1", 1.0}, {"sweep.base2", 3.0}, {"sweep.a1", 0.5},
                                             {"sweep.a2", 2.0},    {"sweep.b2", 3.5},    {"sweep.hot1", 0.1},
                                             {"sweep.hot2", 0.2}};
  for (const std::string& name : held_out_losses())
    for (const auto& [run, loss] : losses) results.add_loss(run, name, loss);
  const std::vector<SweepRow> rows = results.rows();
  const SweepCell functional = find(rows, "held_out_functional", "a").validation;
  CHECK(functional.mean.mean == 1.25);
  CHECK(functional.ahead.mean == 0.75);  // 0.5 and 1 below the base's
  CHECK(functional.ahead.low == student_mean({0.5, 1}).low);
  CHECK(find(rows, "held_out_functional", "a").test.mean.samples == 0);
  CHECK(find(rows, "held_out_loss", "a").validation.ahead.samples == 0);  // another weight of its parts
  CHECK(find(rows, "held_out_loss", "b").validation.ahead.mean == -0.5);
  CHECK_FALSE(find(rows, "held_out_loss", "b").validation.is_shown());  // of one seed
  for (const char* name : {"held_out_loss", "held_out_functional", "held_out_spatial"})
    CHECK(find(rows, name, "hot").validation.ahead.samples == 0);
  CHECK(find(rows, "held_out_mask", "hot").validation.ahead.samples == 2);
}

TEST_CASE("sweep results: tables for people and for programs") {
  const std::vector<SweepRow> rows{{kPck, "base", 2, {{0.5, 0.25, 0.75, 3}, {}}, {{0.5, 0.25, 0.75, 3}, {}}},
                                   {kPck,
                                    "a",
                                    1,
                                    {{0.75, 0.5, 1, 3}, {0.25, 0.125, 0.375, 3}},
                                    {{0.5, 0.25, 0.75, 3}, {0.125, -0.5, 0.5, 3}}},
                                   {"held_out_loss", "a", 1, {{2, NAN, NAN, 1}, {}}, {}}};
  const Table people = readable_table(rows);
  REQUIRE(people.rows.size() == 3);
  CHECK(people.rows[0] == std::vector<std::string>{"PCK@23 ↑", "base", "2", "0.500 [0.250, 0.750]", "",
                                                   "0.500 [0.250, 0.750]", ""});
  CHECK(people.rows[1] == std::vector<std::string>{"", "a", "1", "0.750 [0.500, 1.000]",
                                                   "+0.250 [0.125, 0.375]", "0.500 [0.250, 0.750]",
                                                   "not shown"});
  CHECK(people.rows[2] == std::vector<std::string>{"held-out loss ↓", "a", "1", "2.000", "–", "–", "–"});
  const Table numbers = number_table(rows);
  CHECK(numbers.columns.size() == 15);
  CHECK(numbers.columns[14] == "test_ahead_high");
  CHECK(numbers.rows[1][3] == "0.75");
  CHECK(numbers.rows[1][13] == "-0.5");
  CHECK(numbers.rows[2][4].empty());
}

}  // namespace funcorr
