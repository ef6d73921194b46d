#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "render/format/image.h"

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
// filter, for all pixels around; the sums of neighbouring tiles add up to the picture's.
class FilmTile {
 public:
  FilmTile(const PixelFilter& filter, int x0, int y0, int width, int height);

  // Samples of pixel (x, y), at `offset` in [−½, ½)² from its centre; then finish_pixel(), which weighs them
  // by one over their number.
  void add(float offset_x, float offset_y, const Radiance& sample);
  void finish_pixel(int x, int y);
  // A pixel known to show `radiance` everywhere.
  void skip_pixel(int x, int y, const Radiance& radiance);

 private:
  friend class Film;
  static constexpr std::size_t kChannels = 5;  // RGBA and weight
  using Sums = std::array<float, kChannels>;
  void spread(int x, int y, float scale);

  const PixelFilter* filter_;
  int x0_, y0_, columns_, rows_;  // of the sums, the filter's reach included
  std::vector<Sums> sums_;        // [rows, columns]
  std::vector<Sums> pixel_;       // of the present pixel, for itself and those around: [2·reach+1]²
  int pixel_samples_ = 0;
};

// The whole picture. Adding tiles in the same order gives the same bytes.
class Film {
 public:
  Film(int width, int height);
  void add(const FilmTile& tile);
  ImageF radiance() const;  // [height, width, 4]

 private:
  int width_, height_;
  std::vector<FilmTile::Sums> sums_;  // [height, width]
};

}  // namespace funcorr
