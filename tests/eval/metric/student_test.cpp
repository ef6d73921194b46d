#include "eval/metric/student.h"

#include <cmath>

#include "tests/catch.h"

namespace funcorr {

TEST_CASE("student: the quantiles of the tables") {
  // Two-sided, from Abramowitz & Stegun 1964, table 26.10; of one degree tan(π p / 2).
  for (const auto& [degrees, quantile] :
       {std::pair{1, 12.706}, {2, 4.303}, {3, 3.182}, {4, 2.776}, {9, 2.262}, {30, 2.042}, {120, 1.980}})
    CHECK_THAT(student_quantile(degrees, 0.95), Catch::WithinAbs(quantile, 5.1e-4));
  CHECK_THAT(student_quantile(1, 0.5), Catch::WithinAbs(1, 1e-9));
  CHECK_THAT(student_quantile(2, 0.5), Catch::WithinAbs(std::sqrt(2.0 / 3), 1e-9));
}

TEST_CASE("student: mean and interval of few values") {
  const Interval found = student_mean({1, 2, 6});
  CHECK(found.mean == 3);
  CHECK(found.samples == 3);
  const double error = std::sqrt((4.0 + 1 + 9) / 2 / 3);
  CHECK_THAT(found.high, Catch::WithinAbs(3 + student_quantile(2, 0.95) * error, 1e-12));
  CHECK_THAT(found.low, Catch::WithinAbs(3 - student_quantile(2, 0.95) * error, 1e-12));
  CHECK(student_mean({5}).mean == 5);
  CHECK(std::isnan(student_mean({5}).low));
  CHECK(student_mean({}).samples == 0);
}

}  // namespace funcorr
