#include "stages/rendering/view_sets.h"

#include <cmath>
#include <numbers>

#include "db/format/random.h"
#include "render/integrator/denoise.h"

namespace funcorr {
namespace {

// A white matt object shows the mean of what surrounds it, up to twice that where it faces the light.
constexpr double kMeanLuminance = 0.5;

CameraFile cameras_of(const Options& options, const std::string& option, CameraFile standard) {
  const std::filesystem::path file = options.get_path(option);
  if (options.get_string(option).empty()) return standard;
  try {
    CameraFile given = read_camera_file(file);
    if (!given.release_world_from_object) given.release_world_from_object = release_world_from_object();
    given.normalized_from_asset.reset();  // every asset of a workspace has its own
    return given;
  } catch (const std::runtime_error& error) {
    throw EnvironmentError(option + ": " + error.what());
  }
}

}  // namespace

std::vector<Option> light_options() {
  using enum OptionType;
  return {
      {.name = "samples",
       .type = kInt,
       .default_value = 24,
       .min = 1,
       .max = 65536,
       .help =
           "paths per pixel of the object; 20 leave less noise than the 100 of Cycles that the paper used"},
      {.name = "adaptive",
       .type = kBool,
       .default_value = true,
       .help = "noisy pixels get more of the samples, clean ones fewer"},
      {.name = "max_bounces",
       .type = kInt,
       .default_value = 8,
       .min = 0,
       .max = 64,
       .help = "scatterings after the first surface, 4 of them diffuse and 4 glossy; 0: direct light only"},
      {.name = "filter_glossy",
       .type = kDouble,
       .default_value = 1,
       .min = 0,
       .max = 100,
       .help = "blurs what diffuse light meets in shiny surfaces, against noise (Cycles' setting); 0: off, "
               "unbiased"},
      {.name = "clamp",
       .type = kDouble,
       .default_value = 0,
       .min = 0,
       .max = 1e6,
       .help = "largest radiance of one path, against fireflies; 0: off, unbiased"},
      {.name = "denoise",
       .type = kBool,
       .default_value = false,
       .help = "clean the radiance by OpenImageDenoise, in builds that found it"},
      {.name = "exposure",
       .type = kDouble,
       .default_value = 0,
       .unit = "stops",
       .min = -20,
       .max = 20,
       .help = "brightens (or darkens) before the view transform; not in the EXR"},
      {.name = "auto_exposure",
       .type = kBool,
       .default_value = true,
       .help =
           "first brings each environment to a mean luminance of 0.5, so that white objects do not vanish "
           "on white; not in the EXR. Off: environments as bright as they are, as in the release"},
      {.name = "view_transform",
       .type = kString,
       .default_value = "standard",
       .choices = {"standard", "filmic"},
       .help = "from linear to 8 bits: sRGB, or a film-like curve that rolls highlights off"},
  };
}

RenderSettings render_settings(const Options& options, int threads) {
  RenderSettings settings;
  settings.samples = static_cast<int>(options.get_int("samples"));
  settings.adaptive = options.get_bool("adaptive");
  settings.max_bounces = static_cast<int>(options.get_int("max_bounces"));
  settings.filter_glossy = options.get_double("filter_glossy");
  settings.clamp_radiance = options.get_double("clamp");
  settings.denoise = options.get_bool("denoise");
  settings.exposure_stops = options.get_double("exposure");
  if (options.get_string("view_transform") == "filmic") settings.view_transform = ViewTransform::kFilmic;
  settings.threads = threads;
  return settings;
}

double automatic_stops(const Options& options, const Environment& environment) {
  return options.get_bool("auto_exposure") ? std::log2(kMeanLuminance / environment.mean_luminance()) : 0.0;
}

void check_denoiser(const Options& options) {
  if (options.get_bool("denoise") && !has_denoiser())
    throw EnvironmentError(
        "denoise: this build has no denoiser; build it where OpenImageDenoise is installed");
}

Transform turned_environment(double rotation_deg, const Transform& release_world_from_object) {
  return Transform::rotate_z(rotation_deg * std::numbers::pi / 180.0) * release_world_from_object;
}

std::vector<ViewsToRender> view_sets(const Options& options, int threads, std::uint64_t seed,
                                     double rotation_deg) {
  Random random(seed);
  const std::uint64_t turn_seed = random.next(), position_seed = random.next();
  const int size = static_cast<int>(options.get_int("size"));
  const auto set = [&](ViewSet wanted, CameraFile standard) {
    const std::string option = std::string(to_string(wanted)) + "_cameras";
    ViewsToRender out{wanted, cameras_of(options, option, std::move(standard)), {}, {}};
    out.environment_from_world = turned_environment(rotation_deg, *out.cameras.release_world_from_object);
    out.settings = render_settings(options, threads);
    out.settings.seed = random.next();
    return out;
  };
  const auto views = [&](const char* option) { return static_cast<int>(options.get_int(option)); };
  ViewsToRender label = set(ViewSet::kLabel, {labelling_cameras(views("label_views"), size, turn_seed),
                                              release_world_from_labelled_object(turn_seed),
                                              {}});
  ViewsToRender train =
      set(ViewSet::kTrain,
          {training_cameras(views("train_views"), size, position_seed), release_world_from_object(), {}});
  if (const auto samples = options.get_int("label_samples"); samples > 0)
    label.settings.samples = static_cast<int>(samples);
  return {std::move(label), std::move(train)};
}

}  // namespace funcorr
