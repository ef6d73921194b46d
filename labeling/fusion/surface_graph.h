#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "db/dataset/points.h"

namespace funcorr {

// Surface points joined with their nearest ones: how alike two of them are to be labelled. A link weighs
// exp(−((1 − n·n′)/0.35)²) by the points' normals, 0.02 of that where they are of different components of the
// mesh (parts are often modelled as pieces of their own).
class SurfaceGraph {
 public:
  // `neighbors` nearest of every point; a link that only one of two has weighs half.
  explicit SurfaceGraph(const SurfacePoints& points, std::size_t neighbors = 8);

  std::size_t size() const { return degree_.size(); }

  // Moves `values` towards the minimum of Σ c_i (x_i − s_i)² + ½·strength·Σ w_ij (x_i − x_j)² by so many
  // Gauss–Seidel sweeps, there and back in turn. All [N] by point id; where a point has neither confidence
  // nor links its value stays.
  void smooth(std::span<const float> scores, std::span<const float> confidences, float strength, int sweeps,
              std::vector<float>& values) const;

 private:
  struct Link {
    std::uint32_t point;
    float weight;
  };
  std::vector<std::uint32_t> begin_;  // [N + 1]: where a point's links stand
  std::vector<Link> links_;
  std::vector<float> degree_;  // [N] sum of a point's weights
};

}  // namespace funcorr
