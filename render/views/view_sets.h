#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "db/dataset/view.h"
#include "db/format/members.h"
#include "render/camera.h"
#include "render/integrator/path_tracer.h"
#include "render/views/view_options.h"

namespace funcorr {

// What chance decides of an asset's views.
struct ViewDraw {
  std::string environment;  // as environment_names() calls it
  double rotation_deg = 0;  // turn of the environment about the vertical axis
  std::uint64_t seed = 0;   // of the object's turn, camera positions and paths
  static constexpr auto members() {
    return std::tuple{member("environment", &ViewDraw::environment),
                      member("rotation_deg", &ViewDraw::rotation_deg), member("seed", &ViewDraw::seed)};
  }
};
ViewDraw draw_views(const std::vector<std::string>& environments, HdriRotation rotation, std::uint64_t seed);

// How one of the two sets of views of an asset is rendered.
struct ViewsToRender {
  ViewSet set;
  CameraFile cameras;  // release_world_from_object is always there
  Transform environment_from_world;
  RenderSettings settings;
};

// Both sets, label and train: from the standard positions (render/camera.h), or the cameras of the files
// label_cameras and train_cameras in their place. Throws EnvironmentError for a camera file that cannot be
// read.
std::vector<ViewsToRender> view_sets(const ViewOptions& options, const ViewDraw& draw, int threads);

// environment_from_world of a light turned by rotation_deg about the vertical: the direction that is looked
// up is the world's, turned counter-clockwise seen from above (Cycles: a Mapping node's rotation z).
Transform turned_environment(double rotation_deg, const Transform& release_world_from_object);

}  // namespace funcorr
