#include "db/format/transform.h"

#include <numbers>
#include <stdexcept>

#include "db/format/random.h"
#include "tests/catch.h"

using namespace funcorr;

namespace {

Transform random_affine(Random& random) {
  Transform t;
  for (double& entry : t.linear) entry = random.normal();
  t.translation = {random.normal(), random.normal(), random.normal()};
  return t;
}

void check_near(const Vec3d& a, const Vec3d& b, double tolerance) {
  CHECK_THAT(a.x, Catch::WithinAbs(b.x, tolerance));
  CHECK_THAT(a.y, Catch::WithinAbs(b.y, tolerance));
  CHECK_THAT(a.z, Catch::WithinAbs(b.z, tolerance));
}

}  // namespace

TEST_CASE("a product of transforms applies the right one first, and an inverse undoes") {
  Random random(1);
  for (int trial = 0; trial < 20; ++trial) {
    const Transform a = random_affine(random), b = random_affine(random);
    const Vec3d p{random.normal(), random.normal(), random.normal()};
    check_near((a * b).point(p), a.point(b.point(p)), 1e-9);
    check_near(a.inverse().point(a.point(p)), p, 1e-6);
    check_near(Transform::from_matrix(a.matrix()).point(p), a.point(p), 0);
    CHECK_THAT((a * b).determinant(), Catch::WithinAbs(a.determinant() * b.determinant(), 1e-9));
  }
}

TEST_CASE("normals stay perpendicular to surfaces under any affine map") {
  Random random(2);
  for (int trial = 0; trial < 20; ++trial) {
    const Transform a = random_affine(random);
    const Vec3d u{random.normal(), random.normal(), random.normal()};
    const Vec3d v{random.normal(), random.normal(), random.normal()};
    const Vec3d n = normalized(a.normal(cross(u, v)));
    CHECK_THAT(dot(n, a.direction(u)), Catch::WithinAbs(0, 1e-9));
    CHECK_THAT(dot(n, a.direction(v)), Catch::WithinAbs(0, 1e-9));
  }
}

TEST_CASE("rotations turn counter-clockwise about their axis") {
  const double quarter = std::numbers::pi / 2;
  check_near(Transform::rotate_x(quarter).point({0, 1, 0}), {0, 0, 1}, 1e-15);
  check_near(Transform::rotate_y(quarter).point({0, 0, 1}), {1, 0, 0}, 1e-15);
  check_near(Transform::rotate_z(quarter).point({1, 0, 0}), {0, 1, 0}, 1e-15);
}

TEST_CASE("singular transforms and projective matrices are refused") {
  CHECK_THROWS_AS(Transform::scale(0).inverse(), std::domain_error);
  CHECK_THROWS_AS(Transform::from_matrix({1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1}),
                  std::invalid_argument);
}
