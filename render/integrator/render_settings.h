#pragma once

#include <array>
#include <cstdint>

#include "db/format/named_enum.h"
#include "db/format/options.h"
#include "db/format/vector.h"
#include "render/film/view_transform.h"

namespace funcorr {

class Environment;

enum class Backdrop { kTransparent, kColor, kEnvironment };
constexpr auto names_of(Backdrop) {
  return std::to_array<EnumName<Backdrop>>({{Backdrop::kTransparent, "transparent"},
                                            {Backdrop::kColor, "color"},
                                            {Backdrop::kEnvironment, "environment"}});
}

// How light is transported, and how what arrives is developed.
struct RenderSettings {
  int samples = 20;  // paths per covered pixel: each pixel's, or the mean where `adaptive`
  // Noisy pixels get more of the samples. A quarter is spent evenly, the rest in two rounds in proportion to
  // the standard deviation, of colours relative to brightness and of alpha, that a pixel's and its
  // neighbours' samples have shown so far. What is found decides about what is searched, so pictures are
  // biased by a little (the bench measures it). Below 16 samples: evenly.
  bool adaptive = true;
  // Scatterings after the first surface; 0: direct light only. In all, and of each kind.
  int max_bounces = 8;
  int max_diffuse_bounces = 4, max_glossy_bounces = 4, max_transmission_bounces = 8;
  // Against noise of caustics: surfaces met after a scattering of low density count as rougher, as by Cycles'
  // setting of that name and default. 0: off, unbiased.
  double filter_glossy = 1;
  double clamp_radiance = 0;      // per path and channel, against fireflies; 0: off, unbiased
  double filter_radius_px = 1.5;  // Blackman–Harris, as Cycles' filter width of 1.5; 0: box of one pixel
  bool denoise = false;           // see denoise.h; the build must have a denoiser
  Backdrop backdrop = Backdrop::kTransparent;
  Vec3f backdrop_color{1, 1, 1};                            // linear
  double exposure_stops = 0;                                // for develop(); see stops_in()
  bool auto_exposure = true;                                // likewise
  ViewTransform view_transform = ViewTransform::kStandard;  // for develop()
  int threads = 0;                                          // 0: all of the machine
  std::uint64_t seed = 0;

  // Those that people choose.
  static const OptionList<RenderSettings>& options();

  // What develop() is to brighten pictures lit by an environment by. With auto_exposure every environment is
  // first brought to one mean luminance: a white matt object shows the mean of what surrounds it, up to twice
  // that where it faces the light.
  double stops_in(const Environment& environment) const;
};

}  // namespace funcorr
