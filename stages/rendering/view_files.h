#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "render/format/image.h"
#include "render/integrator/path_tracer.h"
#include "render/visibility/visible_points.h"

namespace funcorr {

// What is written of a view; render/visibility/channels.h says what every file and channel means.
struct ViewFiles {
  std::vector<std::string> exr_groups;  // empty: no EXR
  bool exr_half = false;                // every channel in half precision, not only linear colour
};

// Stem of the files of view `index`: "0007".
std::string view_stem(std::size_t index);

// Writes folder/NNNN.png, and NNNN.exr of the wanted channels. `radiance`: linear, premultiplied.
void write_view(const std::filesystem::path& folder, std::size_t index, const ViewFiles& files,
                const PathTracer& tracer, const Camera& camera, const ImageF& radiance, const Image8& rgba,
                int threads);
void write_visible_points(const std::filesystem::path& folder, std::size_t index,
                          const VisiblePoints& visible);

// Removes files of views that an earlier run with more of them left.
void remove_surplus_views(const std::filesystem::path& folder, std::size_t views);

}  // namespace funcorr
