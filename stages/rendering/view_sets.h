#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "db/dataset/view.h"
#include "pipeline/options.h"
#include "render/camera.h"
#include "render/integrator/path_tracer.h"
#include "render/light/environment.h"

namespace funcorr {

// How one of the two sets of views of an asset is rendered.
struct ViewsToRender {
  ViewSet set;
  CameraFile cameras;
  Transform environment_from_world;
  RenderSettings settings;
};

// Options of the light transport and of its development, as every way of rendering has them.
std::vector<Option> light_options();
// Their settings.
RenderSettings render_settings(const Options& options, int threads);
// Stops to be added to their exposure in this environment: option auto_exposure.
double automatic_stops(const Options& options, const Environment& environment);

// Throws EnvironmentError where `denoise` is wanted of a build without a denoiser.
void check_denoiser(const Options& options);

// Both sets of REFERENCE, or the cameras of the files label_cameras and train_cameras in their place.
// rotation_deg: turn of the environment about the vertical axis. Throws EnvironmentError for a camera file
// that cannot be read.
std::vector<ViewsToRender> view_sets(const Options& options, int threads, std::uint64_t seed,
                                     double rotation_deg);

// environment_from_world of a light turned by rotation_deg about the vertical: the direction that is looked
// up is the world's, turned counter-clockwise seen from above (Cycles: a Mapping node's rotation z).
Transform turned_environment(double rotation_deg, const Transform& release_world_from_object);

}  // namespace funcorr
