#pragma once

#include <cstdint>

#include "db/dataset/record/asset.h"
#include "render/geometry/mesh.h"

namespace funcorr {

// What is unusual about an object's geometry, to find it by query or keep it out. Vertices at one position
// count as one. All shares are 0 … 1.
struct MeshQuality {
  double open_edge_share = 0;          // of edges, those of exactly one triangle: 0 for a closed surface
  double non_manifold_edge_share = 0;  // those of three and more
  std::int64_t components = 0;         // pieces that share no vertex
  // Groups of pieces whose bounding boxes, grown by 1 % of the object's size, do not touch: separate things.
  // Pieces below 0.1 % of the area are not looked at, nor those beyond the 1,000 largest.
  std::int64_t separate_groups = 0;
  double flatness = 0;  // shortest side of the bounding box / longest
  double thinness = 0;  // middle side / longest
  bool has_ground =
      false;  // a thin piece under everything, as wide as the object, with three others or more on it

  AssetFlags flags() const;  // but those of textures
};

// `mesh`: y up, any unit. Throws std::invalid_argument for a mesh without triangles.
MeshQuality assess_mesh(const Mesh& mesh);

}  // namespace funcorr
