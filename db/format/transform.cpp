#include "db/format/transform.h"

#include <cmath>
#include <stdexcept>

namespace funcorr {
namespace {

// Cofactors of A, row-major: A⁻ᵀ = cofactors / det.
std::array<double, 9> cofactors(const std::array<double, 9>& a) {
  return {a[4] * a[8] - a[5] * a[7], a[5] * a[6] - a[3] * a[8], a[3] * a[7] - a[4] * a[6],
          a[2] * a[7] - a[1] * a[8], a[0] * a[8] - a[2] * a[6], a[1] * a[6] - a[0] * a[7],
          a[1] * a[5] - a[2] * a[4], a[2] * a[3] - a[0] * a[5], a[0] * a[4] - a[1] * a[3]};
}

Vec3d multiply(const std::array<double, 9>& a, const Vec3d& v) {
  return {a[0] * v.x + a[1] * v.y + a[2] * v.z, a[3] * v.x + a[4] * v.y + a[5] * v.z,
          a[6] * v.x + a[7] * v.y + a[8] * v.z};
}

}  // namespace

Transform Transform::scale(double s) { return {{s, 0, 0, 0, s, 0, 0, 0, s}, {}}; }

Transform Transform::translate(const Vec3d& t) { return {{1, 0, 0, 0, 1, 0, 0, 0, 1}, t}; }

Transform Transform::rotate_x(double radians) {
  const double c = std::cos(radians), s = std::sin(radians);
  return {{1, 0, 0, 0, c, -s, 0, s, c}, {}};
}

Transform Transform::rotate_y(double radians) {
  const double c = std::cos(radians), s = std::sin(radians);
  return {{c, 0, s, 0, 1, 0, -s, 0, c}, {}};
}

Transform Transform::rotate_z(double radians) {
  const double c = std::cos(radians), s = std::sin(radians);
  return {{c, -s, 0, s, c, 0, 0, 0, 1}, {}};
}

Transform Transform::from_matrix(const std::array<double, 16>& m) {
  if (m[12] != 0 || m[13] != 0 || m[14] != 0 || m[15] != 1)
    throw std::invalid_argument("a transform's last row must be 0 0 0 1 (row-major 4×4)");
  return {{m[0], m[1], m[2], m[4], m[5], m[6], m[8], m[9], m[10]}, {m[3], m[7], m[11]}};
}

std::array<double, 16> Transform::matrix() const {
  const auto& a = linear;
  return {a[0], a[1], a[2], translation.x, a[3], a[4], a[5], translation.y,
          a[6], a[7], a[8], translation.z, 0,    0,    0,    1};
}

Vec3d Transform::point(const Vec3d& p) const { return multiply(linear, p) + translation; }

Vec3d Transform::direction(const Vec3d& v) const { return multiply(linear, v); }

Vec3d Transform::normal(const Vec3d& n) const { return multiply(cofactors(linear), n) / determinant(); }

double Transform::determinant() const {
  const auto& a = linear;
  return a[0] * (a[4] * a[8] - a[5] * a[7]) - a[1] * (a[3] * a[8] - a[5] * a[6]) +
         a[2] * (a[3] * a[7] - a[4] * a[6]);
}

Transform Transform::inverse() const {
  const double det = determinant();
  if (det == 0 || !std::isfinite(det))
    throw std::domain_error("the inverse of a singular transform was asked");
  const std::array<double, 9> c = cofactors(linear);
  Transform inverse;
  for (std::size_t row = 0; row < 3; ++row)
    for (std::size_t column = 0; column < 3; ++column)
      inverse.linear[row * 3 + column] = c[column * 3 + row] / det;
  inverse.translation = -multiply(inverse.linear, translation);
  return inverse;
}

Transform operator*(const Transform& a, const Transform& b) {
  Transform product;
  for (std::size_t row = 0; row < 3; ++row)
    for (std::size_t column = 0; column < 3; ++column)
      product.linear[row * 3 + column] = a.linear[row * 3] * b.linear[column] +
                                         a.linear[row * 3 + 1] * b.linear[3 + column] +
                                         a.linear[row * 3 + 2] * b.linear[6 + column];
  product.translation = a.point(b.translation);
  return product;
}

}  // namespace funcorr
