#pragma once

#include <array>

#include "db/format/vector.h"

namespace funcorr {

// Affine map x ↦ A·x + t, named target_from_source so that a wrong product is visible:
// camera_from_object = camera_from_world * world_from_object. Row-major A.
struct Transform {
  std::array<double, 9> linear{1, 0, 0, 0, 1, 0, 0, 0, 1};
  Vec3d translation{};

  static Transform scale(double s);
  static Transform translate(const Vec3d& t);
  static Transform rotate_x(double radians);
  static Transform rotate_y(double radians);
  static Transform rotate_z(double radians);
  // Row-major 4×4; the last row must be 0 0 0 1 (std::invalid_argument otherwise).
  static Transform from_matrix(const std::array<double, 16>& matrix);
  std::array<double, 16> matrix() const;

  Vec3d point(const Vec3d& p) const;      // A·p + t
  Vec3d direction(const Vec3d& v) const;  // A·v
  Vec3d normal(const Vec3d& n) const;     // A⁻ᵀ·n, not normalised
  double determinant() const;
  Transform inverse() const;  // std::domain_error when singular
  friend Transform operator*(const Transform& a, const Transform& b);
};

}  // namespace funcorr
