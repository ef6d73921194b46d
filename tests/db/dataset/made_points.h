#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "db/dataset/points.h"

namespace funcorr::tests {

// Points with numbers of their own, of these parts.
inline SurfacePoints made_points(std::vector<std::int16_t> parts) {
  SurfacePoints points;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto first = static_cast<float>(3 * i);
    points.positions.push_back({0.01F * first, 0.01F * (first + 1), 0.01F * (first + 2)});
    points.normals.push_back({0, 0, 1});
    points.triangles.push_back(static_cast<std::int32_t>(i / 2));
  }
  points.edges.assign(parts.size(), 0.5F);
  points.components.assign(parts.size(), 0);
  points.parts = std::move(parts);
  return points;
}

}  // namespace funcorr::tests
