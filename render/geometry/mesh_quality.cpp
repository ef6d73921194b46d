#include "render/geometry/mesh_quality.h"

#include <algorithm>
#include <numeric>

#include "render/geometry/disjoint_sets.h"

namespace funcorr {
namespace {

constexpr double kMargin = 0.01;           // of the longest side
constexpr double kLeastAreaShare = 0.001;  // of a piece that is looked at
constexpr std::size_t kMostPieces = 1000;

// Edges of welded vertices, as often as triangles have them. Sorted.
std::vector<std::uint64_t> edges_of(const Mesh& mesh, const std::vector<std::uint32_t>& weld) {
  std::vector<std::uint64_t> edges;
  edges.reserve(3 * mesh.triangles.size());
  for (const auto& t : mesh.triangles)
    for (std::size_t k = 0; k < 3; ++k) {
      const std::uint64_t a = weld[t[k]], b = weld[t[(k + 1) % 3]];
      if (a != b) edges.push_back(std::min(a, b) << 32 | std::max(a, b));
    }
  std::sort(edges.begin(), edges.end());
  return edges;
}

void count_edges(const Mesh& mesh, const std::vector<std::uint32_t>& weld, MeshQuality& quality) {
  const std::vector<std::uint64_t> edges = edges_of(mesh, weld);
  std::size_t all = 0, open = 0, crowded = 0;
  for (auto run = edges.begin(); run != edges.end(); ++all) {
    const auto end = std::upper_bound(run, edges.end(), *run);
    if (end - run == 1) ++open;
    if (end - run > 2) ++crowded;
    run = end;
  }
  if (all == 0) return;
  quality.open_edge_share = static_cast<double>(open) / static_cast<double>(all);
  quality.non_manifold_edge_share = static_cast<double>(crowded) / static_cast<double>(all);
}

struct Piece {
  double area = 0;
  Bounds box;
};

void grow(Bounds& box, const Vec3d& p) {
  for (int axis = 0; axis < 3; ++axis) {
    box.low[axis] = std::min(box.low[axis], p[axis]);
    box.high[axis] = std::max(box.high[axis], p[axis]);
  }
}

// Connected pieces, the largest first.
std::vector<Piece> pieces_of(const Mesh& mesh, const std::vector<std::uint32_t>& weld) {
  const std::vector<std::int32_t> piece_of = components_of(mesh, weld);
  std::vector<Piece> pieces;
  for (std::size_t t = 0; t < mesh.triangles.size(); ++t) {
    const auto& triangle = mesh.triangles[t];
    const auto index = static_cast<std::size_t>(piece_of[t]);
    if (index == pieces.size()) {
      const Vec3d first = mesh.positions[triangle[0]];
      pieces.push_back({0, {first, first}});
    }
    Piece& piece = pieces[index];
    piece.area += length(mesh.area_vector(t)) / 2;
    for (const std::uint32_t vertex : triangle) grow(piece.box, mesh.positions[vertex]);
  }
  std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.area > b.area; });
  return pieces;
}

std::vector<Piece> notable(std::vector<Piece> pieces) {
  const double total = std::accumulate(pieces.begin(), pieces.end(), 0.0,
                                       [](double sum, const Piece& p) { return sum + p.area; });
  const auto end =
      std::ranges::find_if(pieces, [&](const Piece& p) { return p.area < kLeastAreaShare * total; });
  pieces.erase(end, pieces.end());
  if (pieces.size() > kMostPieces) pieces.erase(pieces.begin() + kMostPieces, pieces.end());
  return pieces;
}

bool touch(const Bounds& a, const Bounds& b, double margin) {
  for (int axis = 0; axis < 3; ++axis)
    if (a.low[axis] > b.high[axis] + margin || b.low[axis] > a.high[axis] + margin) return false;
  return true;
}

std::int64_t count_groups(const std::vector<Piece>& pieces, double margin) {
  DisjointSets groups(pieces.size());
  auto count = static_cast<std::int64_t>(pieces.size());
  for (std::uint32_t i = 0; i < pieces.size(); ++i)
    for (std::uint32_t k = 0; k < i; ++k)
      if (groups.find(i) != groups.find(k) && touch(pieces[i].box, pieces[k].box, margin)) {
        groups.join(i, k);
        --count;
      }
  return count;
}

bool has_ground(const std::vector<Piece>& pieces, const Bounds& all) {
  const Vec3d size = all.extent();
  const double width = std::max(size.x, size.z);
  return std::ranges::any_of(pieces, [&](const Piece& ground) {
    const Vec3d own = ground.box.extent();
    const bool is_wide = own.x > 0.9 * size.x && own.z > 0.9 * size.z && std::min(own.x, own.z) > 0.3 * width;
    const bool is_thin = own.y < 0.05 * width && size.y > 0.1 * width + own.y;
    const bool is_below = ground.box.low.y < all.low.y + 0.02 * size.y;
    if (!is_wide || !is_thin || !is_below) return false;
    return std::ranges::count_if(pieces, [&](const Piece& other) {
             return &other != &ground && other.box.center().y > ground.box.high.y;
           }) >= 3;
  });
}

}  // namespace

AssetFlags MeshQuality::flags() const {
  AssetFlags flags;
  if (open_edge_share > 0.1) flags.insert(AssetFlag::kOpen);
  if (non_manifold_edge_share > 0.1) flags.insert(AssetFlag::kNonManifold);
  if (separate_groups >= 2) flags.insert(AssetFlag::kFloatingParts);
  if (flatness < 0.01) flags.insert(AssetFlag::kFlat);
  if (thinness < 0.02) flags.insert(AssetFlag::kNeedle);
  if (separate_groups >= 6 || has_ground) flags.insert(AssetFlag::kSuspectedScene);
  return flags;
}

MeshQuality assess_mesh(const Mesh& mesh) {
  const Bounds all = bounds_of(mesh);
  std::array<double, 3> sides{all.extent().x, all.extent().y, all.extent().z};
  std::ranges::sort(sides);
  MeshQuality quality;
  if (sides[2] > 0) {
    quality.flatness = sides[0] / sides[2];
    quality.thinness = sides[1] / sides[2];
  }
  const std::vector<std::uint32_t> weld = weld_by_position(mesh.positions);
  count_edges(mesh, weld, quality);
  std::vector<Piece> pieces = pieces_of(mesh, weld);
  quality.components = static_cast<std::int64_t>(pieces.size());
  pieces = notable(std::move(pieces));
  quality.separate_groups = count_groups(pieces, kMargin * sides[2]);
  quality.has_ground = has_ground(pieces, all);
  return quality;
}

}  // namespace funcorr
