#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "db/format/image.h"
#include "db/format/vector.h"
#include "render/light/distribution.h"

namespace funcorr {

// Light from infinitely far away: a latitude-longitude map in the z-up world of the release, mapped as Cycles
// does at rotation 0: u = ½ − atan2(y, x)/2π from the left, v = angle from the zenith / π from the top.
// Bilinear in between, of texels held in half precision. Sampled by texel in proportion to the map's mean
// radiance there, uniform in solid angle within it — and, for a surface, also in proportion to the cosine at
// it: blocks of texels are drawn from tables made for some hundred classes of normals. Thread-safe.
class Environment {
 public:
  // Linear radiance, 3 channels or more (1: grey). Infinite values count as half's largest (a sun beyond its
  // range), NaN as the mean of the texels around, negative ones as 0; maps wider than 2048 are halved until
  // they fit. Throws std::invalid_argument for an empty or a black map.
  explicit Environment(const ImageF& lat_long);

  Vec3f radiance(const Vec3f& direction) const;  // unit direction, z-up world

  // The class of normals a surface belongs to (unit normal, z-up world).
  int facing(const Vec3f& normal) const;
  int all_around() const { return static_cast<int>(facings_.size()) - 1; }  // no cosine: the map alone

  // Where a direction (unit, z-up world) lies on the map: 0…1 from its left and its top. Fetches of the
  // radiance there are begun, so that they are done when it is asked for a little later.
  Vec2f locate(const Vec3f& direction) const;
  Vec3f radiance_at(const Vec2f& place) const;

  struct Sample {
    Vec3f direction;  // unit, z-up world
    float pdf = 0;    // per steradian
    Vec2f place;      // as located
  };
  Sample sample(const Vec2f& u, int facing) const;

  // Radiance at a place, and the density with which sample() draws its direction.
  struct Light {
    Vec3f radiance;
    float pdf = 0;
  };
  Light at(const Vec2f& place, int facing) const;

  // Texels of the map as it was given that could not be taken as they are.
  struct Mended {
    std::int64_t infinite = 0, undefined = 0;  // undefined: NaN
  };
  const Mended& mended() const { return mended_; }

  double mean_luminance() const { return mean_luminance_; }  // over all directions
  // Whether most of the light comes from a small part of the sphere: its effective size, (∫ L dω)² / ∫ L² dω,
  // is below 0.1 sr.
  bool has_small_lamps() const { return has_small_lamps_; }

  int width() const { return width_; }
  int height() const { return height_; }

 private:
  static constexpr int kBlock = 32;  // texels; a block's distribution is searched as a whole

  // Half floats without sign: radiance over scale_, and the texel's probability over the mean of its block. A
  // map is read at random, so that what a bounce of light costs depends on how much of it the caches hold.
  using Texel = std::array<std::uint16_t, 4>;

  // The texels around a map position.
  struct Corners {
    std::array<const Texel*, 4> texel;  // upper left, upper right, lower left, lower right
    float right, lower;                 // 0…1 from the upper left one's middle
    int own;                            // index of the texel that holds the position
    int row;                            // … and its row
  };
  Corners corners(const Vec2f& place) const;
  Vec3f bilinear(const Corners& corners) const;
  void fetch(const Vec2f& place) const;
  float texel_density(int row) const { return texel_density_[static_cast<std::size_t>(row)]; }
  std::size_t texel_index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x);
  }
  void store_radiance(const ImageF& map);
  std::vector<float> texel_weights(const ImageF& map) const;
  void make_blocks(const std::vector<float>& weights);
  void note_probabilities(int x0, int y0);  // of the texels of the last block, which begins at (x0, y0)
  void make_facings(const std::vector<float>& block_weights);

  Mended mended_;
  double mean_luminance_ = 0;
  bool has_small_lamps_ = false;
  int width_ = 0, height_ = 0;             // of the map, texels
  std::vector<Texel> texels_;              // [height, width]
  float scale_ = 1;                        // a power of two
  int columns_ = 0, rows_ = 0;             // of blocks
  std::vector<float> row_cosine_;          // [height + 1] cosine of the polar angle at the rows' borders
  std::vector<float> texel_density_;       // [height] one over a texel's solid angle
  std::vector<CellDistribution> blocks_;   // [rows, columns] over the texels of each
  std::vector<CellDistribution> facings_;  // over blocks: [class of normals], the last without cosine
};

// "builtin:studio" (soft boxes over a grey room), "builtin:sky" (blue sky, sun, ground) — made in code, so
// that no file is needed — or a lat-long .exr or .hdr file, twice as wide as high to 1 %. Throws
// std::runtime_error naming what is missing, or what the file looks like instead.
Environment load_environment(const std::string& name_or_file);
std::vector<std::string> builtin_environments();
bool is_builtin_environment(const std::string& name);

}  // namespace funcorr
