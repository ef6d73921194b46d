#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "db/format/image.h"
#include "db/format/vector.h"

namespace funcorr {

// The Blackman–Harris window as a pixel filter of a given radius, normalised to an integral of 1 per axis;
// radius 0: a box of one pixel.
class PixelFilter {
 public:
  explicit PixelFilter(double radius_px);

  // Neighbouring pixels to either side that a sample within a pixel reaches.
  int reach() const { return reach_; }
  // Weight of a sample `offset` pixels away from a pixel's centre, along one axis.
  float weight(float offset) const;
  // Mean weight of the samples within a pixel for the pixel `distance` pixels to the right of it.
  float mean_weight(int distance) const { return means_[static_cast<std::size_t>(distance + reach_)]; }

 private:
  double radius_;
  int reach_;
  std::vector<float> table_;  // over |offset| from 0 to the radius
  std::vector<float> means_;  // [2·reach+1]
};

using Radiance = std::array<float, 4>;  // linear RGB premultiplied by alpha, and alpha

// A rectangle of the picture under exposure. Every sample lies somewhere within its pixel and counts, by the
// filter, for all pixels around, weighted by one over the number of its pixel's samples; the sums of
// neighbouring tiles add up to the picture's.
class FilmTile {
 public:
  FilmTile(const PixelFilter& filter, int x0, int y0, int width, int height);

  int x0() const { return x0_; }
  int y0() const { return y0_; }
  int width() const { return width_; }
  int height() const { return height_; }

  // A sample of pixel (x, y) of the picture, at `offset` in [−½, ½)² from its centre.
  void add(int x, int y, const Vec2f& offset, const Radiance& sample);
  // A pixel known to show `radiance` everywhere; takes no samples.
  void fill(int x, int y, const Radiance& radiance);

  int samples(int x, int y) const;
  // Of the samples of a pixel: variance and mean per colour, and alpha's variance; zeros below two samples.
  struct Statistics {
    Vec3f mean, variance;
    float alpha_variance = 0;
  };
  Statistics statistics(int x, int y) const;

 private:
  friend class Film;
  static constexpr std::size_t kChannels = 5;  // RGBA and weight
  using Sums = std::array<float, kChannels>;
  struct Pixel {
    int samples = 0;
    bool filled = false;
    Vec3f sum, sum_of_squares;  // of the samples; sum, alpha_sum: what fills it
    float alpha_sum = 0, alpha_sum_of_squares = 0;
  };
  std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y - y0_) * static_cast<std::size_t>(width_) +
           static_cast<std::size_t>(x - x0_);
  }
  std::size_t spread_size() const;  // pixels that a sample counts for: [2·reach+1]²

  const PixelFilter* filter_;
  int x0_, y0_, width_, height_;
  std::vector<Pixel> pixels_;  // [height, width]
  std::vector<Sums> spread_;   // [height, width, spread_size]: of the samples; none: [0]
};

// The whole picture. Adding tiles in the same order gives the same bytes.
class Film {
 public:
  Film(int width, int height);
  void add(const FilmTile& tile);
  ImageF radiance() const;  // [height, width, 4]

 private:
  void add_samples(const FilmTile& tile, int x, int y);
  void add_filled(const FilmTile& tile, int x, int y);
  // The sums of a pixel; null outside the picture.
  FilmTile::Sums* at(int x, int y);

  int width_, height_;
  std::vector<FilmTile::Sums> sums_;  // [height, width]
};

}  // namespace funcorr
