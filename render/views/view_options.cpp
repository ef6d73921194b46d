#include "render/views/view_options.h"

#include "render/camera.h"

namespace funcorr {

const OptionList<ViewOptions>& ViewOptions::options() {
  using V = ViewOptions;
  static const OptionList<V> list{
      option("label_views", &V::label_views)
          .range(0, kLabellingPositions)
          .help("views for the labelling of parts, from fixed positions around the randomly turned object"),
      option("train_views", &V::train_views)
          .range(0, 9999)
          .help("views for training, from random positions at elevations of -60 to 60 degrees"),
      option("size", &V::size_px).range(16, 4096).unit("px").help("width and height of every view"),
      option("label_cameras", &V::label_cameras)
          .help(
              "camera file (JSON: width, height, K, views with R and t) in place of the labelling positions"),
      option("train_cameras", &V::train_cameras).help("camera file in place of the training positions"),
      option("label_samples", &V::label_samples)
          .range(0, 65536)
          .help("paths per pixel of labelling views; 0: as many as samples"),
      option("hdri", &V::hdri)
          .help("environment maps (.exr, .hdr; latitude-longitude), folders of them, builtin:studio, "
                "builtin:sky; one is drawn per asset"),
      option("hdri_rotation", &V::hdri_rotation)
          .help("turn of the environment about the vertical axis, drawn per asset"),
      options_of(&V::files),
      options_of(&V::settings),
  };
  return list;
}

std::vector<std::filesystem::path> ViewOptions::camera_files() const {
  std::vector<std::filesystem::path> given;
  for (const std::filesystem::path& file : {label_cameras, train_cameras})
    if (!file.empty()) given.push_back(file);
  return given;
}

}  // namespace funcorr
