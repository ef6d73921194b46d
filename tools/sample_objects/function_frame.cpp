#include "tools/sample_objects/function_frame.h"

#include <stdexcept>

namespace funcorr {

Transform function_frame(const Vec3d& origin, const Vec3d& x, const Vec3d& y_hint, double unit) {
  const Vec3d axis_x = normalized(x);
  const Vec3d across = y_hint - axis_x * dot(y_hint, axis_x);
  if (!(unit > 0) || !(length(across) > 1e-9 * length(y_hint)))
    throw std::invalid_argument("functional frame: the unit must be positive and y not parallel to x");
  const Vec3d axis_y = normalized(across);
  const Vec3d axis_z = cross(axis_x, axis_y);
  Transform frame;
  for (int row = 0; row < 3; ++row) {
    const auto r = static_cast<std::size_t>(row) * 3;
    frame.linear[r] = axis_x[row] * unit;
    frame.linear[r + 1] = axis_y[row] * unit;
    frame.linear[r + 2] = axis_z[row] * unit;
  }
  frame.translation = origin;
  return frame;
}

}  // namespace funcorr
