#include "eval/truth/assignment.h"

#include <algorithm>
#include <fstream>
#include <numeric>
#include <random>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "db/format/npy.h"
#include "tests/catch.h"
#include "tests/golden.h"

namespace funcorr {
namespace {

using Points = std::vector<Vec3d>;

double cost_of(const Points& rows, const Points& columns, const std::vector<std::int32_t>& column_of_row) {
  double cost = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    cost += length(rows[i] - columns[static_cast<std::size_t>(column_of_row[i])]);
  return cost;
}

double brute_force_cost(const Points& rows, const Points& columns) {
  std::vector<std::int32_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0);
  double best = 1e300;
  do best = std::min(best, cost_of(rows, columns, order));
  while (std::next_permutation(order.begin(), order.end()));
  return best;
}

// A matching is optimal exactly if some duals are feasible and tight on it: no solver needed to check it.
void check_optimal(const Points& rows, const Points& columns, const Assignment& found) {
  const std::size_t n = rows.size();
  REQUIRE(found.column_of_row.size() == n);
  std::vector<int> used(n, 0);
  for (const std::int32_t column : found.column_of_row) ++used.at(static_cast<std::size_t>(column));
  CHECK(std::all_of(used.begin(), used.end(), [](int times) { return times == 1; }));
  double scale = 1, most_violated = 0, least_tight = 0, dual_sum = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      const double cost = length(rows[i] - columns[j]);
      const double slack = cost - found.row_dual[i] - found.column_dual[j];
      scale = std::max(scale, cost);
      most_violated = std::max(most_violated, -slack);
      if (static_cast<std::size_t>(found.column_of_row[i]) == j) least_tight = std::max(least_tight, slack);
    }
  for (std::size_t i = 0; i < n; ++i) dual_sum += found.row_dual[i] + found.column_dual[i];
  CHECK(most_violated <= 1e-11 * scale);
  CHECK(least_tight <= 1e-11 * scale);
  CHECK_THAT(found.cost, Catch::WithinAbs(cost_of(rows, columns, found.column_of_row), 1e-9 * scale));
  CHECK_THAT(found.cost, Catch::WithinAbs(dual_sum, 1e-9 * scale * static_cast<double>(n + 1)));
}

struct Generator {
  explicit Generator(std::uint64_t seed) : engine(seed) {}
  double operator()() { return std::ldexp(static_cast<double>(engine() >> 11), -53) - 0.5; }
  Vec3d point() { return {(*this)(), (*this)(), (*this)()}; }
  std::mt19937_64 engine;
};

Points filled(std::size_t n, const std::function<Vec3d()>& make) {
  Points points(n);
  std::generate(points.begin(), points.end(), make);
  return points;
}

Points rows_of(const NpyArray& array) {
  const std::vector<double> values = array.to_double();
  Points points;
  for (std::size_t i = 0; i + 2 < values.size(); i += 3)
    points.push_back({values[i], values[i + 1], values[i + 2]});
  return points;
}

}  // namespace

TEST_CASE("assignment equals brute force on tiny sets") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Generator random(seed);
    const std::size_t n = 1 + seed % 7;
    const Points rows = filled(n, [&] { return random.point(); });
    const Points columns = filled(n, [&] { return random.point() * 2.0; });
    INFO("seed " << seed << ", n " << n);
    const Assignment found = assign_points(rows, columns);
    check_optimal(rows, columns, found);
    CHECK_THAT(found.cost, Catch::WithinAbs(brute_force_cost(rows, columns), 1e-12));
  }
}

TEST_CASE("assignment is optimal by its duals on point sets of many shapes") {
  Generator random(7);
  const auto ball = [&] { return random.point(); };
  const auto plate = [&] { return Vec3d{random(), random(), 0.0}; };
  const auto far_cluster = [&] { return random.point() * 0.02 + Vec3d{3, 0, 0}; };
  const auto grid = [&] {  // many equal distances and many equal points
    const Vec3d p = random.point();
    return Vec3d{std::round(p.x * 6), std::round(p.y * 6), 0.0};
  };
  const auto ring = [&] {
    const double t = 6.283185307179586 * random();
    return Vec3d{std::cos(t), 0.5 * std::sin(t), 0.01 * random()};
  };
  const std::vector<std::function<Vec3d()>> shapes{ball, plate, far_cluster, grid, ring};
  for (std::size_t a = 0; a < shapes.size(); ++a)
    for (std::size_t b = 0; b < shapes.size(); ++b) {
      const std::size_t n = 250 + 10 * (5 * a + b);
      INFO("shapes " << a << " and " << b << ", n " << n);
      const Points rows = filled(n, shapes[a]), columns = filled(n, shapes[b]);
      check_optimal(rows, columns, assign_points(rows, columns));
    }
}

TEST_CASE("assignment of a set to its own shuffle costs nothing, whatever the offset of the origin") {
  for (const double offset : {0.0, 1000.0}) {
    Generator random(11);
    const Points rows = filled(600, [&] { return random.point() + Vec3d{offset, -offset, 0}; });
    Points columns = rows;
    std::shuffle(columns.begin(), columns.end(), random.engine);
    const Assignment found = assign_points(rows, columns);
    CHECK_THAT(found.cost, Catch::WithinAbs(0.0, 1e-12));
    for (std::size_t i = 0; i < rows.size(); ++i)
      CHECK(columns[static_cast<std::size_t>(found.column_of_row[i])] == rows[i]);
  }
}

TEST_CASE("assignment of equal points and of nothing") {
  const Points same(300, Vec3d{1, 2, 3});
  check_optimal(same, same, assign_points(same, same));
  const Assignment empty = assign_points({}, {});
  CHECK(empty.column_of_row.empty());
  CHECK(empty.cost == 0);
}

TEST_CASE("assignment refuses sets of different size and coordinates that are not finite") {
  CHECK_THROWS_AS(assign_points(Points(2), Points(3)), std::invalid_argument);
  CHECK_THROWS_AS(assign_points({{0, 0, std::nan("")}}, Points(1)), std::invalid_argument);
}

TEST_CASE("assignment equals the golden costs") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  std::ifstream stream(golden / "label" / "matching_cost.json");
  const nlohmann::json costs = nlohmann::json::parse(stream);
  REQUIRE_FALSE(costs.empty());
  for (const auto& [n, cost] : costs.items()) {
    INFO("n " << n);
    const auto arrays = load_npz(golden / "label" / ("matching_" + n + ".npz"));
    const Points rows = rows_of(arrays.at("a")), columns = rows_of(arrays.at("b"));
    const Assignment found = assign_points(rows, columns);
    check_optimal(rows, columns, found);
    CHECK_THAT(found.cost, Catch::WithinRel(cost.get<double>(), 1e-9));
  }
}

}  // namespace funcorr
