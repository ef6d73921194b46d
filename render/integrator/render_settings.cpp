#include "render/integrator/render_settings.h"

#include <cmath>

#include <fmt/format.h>

#include "render/light/environment.h"

namespace funcorr {
namespace {

constexpr double kMeanLuminance = 0.5;

}  // namespace

const OptionList<RenderSettings>& RenderSettings::options() {
  using S = RenderSettings;
  static const OptionList<S> list{
      option("samples", &S::samples)
          .range(1, 65536)
          .help(
              "paths per pixel of the object; the default leaves less noise than the paper's 100 of Cycles"),
      option("adaptive", &S::adaptive).help("noisy pixels get more of the samples, clean ones fewer"),
      option("max_bounces", &S::max_bounces)
          .range(0, 64)
          .help(fmt::format("scatterings after the first surface, at most {} of them diffuse and {} glossy; "
                            "0: direct light only",
                            S{}.max_diffuse_bounces, S{}.max_glossy_bounces)),
      option("filter_glossy", &S::filter_glossy)
          .range(0, 100)
          .help("blurs what diffuse light meets in shiny surfaces, against noise (Cycles' setting); 0: off, "
                "unbiased"),
      option("clamp", &S::clamp_radiance)
          .range(0, 1e6)
          .help("largest radiance of one path, against fireflies; 0: off, unbiased"),
      option("denoise", &S::denoise).help("clean the radiance by OpenImageDenoise, in builds that found it"),
      option("exposure", &S::exposure_stops)
          .range(-20, 20)
          .unit("stops")
          .help("brightens (or darkens) before the view transform; not in the EXR"),
      option("auto_exposure", &S::auto_exposure)
          .help(fmt::format(
              "first brings each environment to a mean luminance of {}, so that white objects do not vanish "
              "on white; not in the EXR. Off: environments as bright as they are, as in the release",
              kMeanLuminance)),
      option("view_transform", &S::view_transform)
          .help("from linear to 8 bits: sRGB, or a film-like curve that rolls highlights off"),
  };
  return list;
}

double RenderSettings::stops_in(const Environment& environment) const {
  return exposure_stops + (auto_exposure ? std::log2(kMeanLuminance / environment.mean_luminance()) : 0.0);
}

}  // namespace funcorr
