#pragma once

#include <filesystem>
#include <future>
#include <utility>
#include <vector>

#include "db/dataset/visible_points.h"
#include "db/format/image.h"
#include "db/format/options.h"
#include "render/integrator/path_tracer.h"
#include "render/visibility/channels.h"

namespace funcorr {

// What is written of a view; render/visibility/channels.h says what every file and channel means.
struct ViewFiles {
  std::vector<ChannelGroup> exr_channels{ChannelGroup::kDepth, ChannelGroup::kNormal};  // empty: no EXR
  bool exr_half = false;   // every channel in half precision, not only linear colour
  bool reference = false;  // reference/NNNN.npz too

  static const OptionList<ViewFiles>& options();
};

// Writes folder/NNNN.png, and NNNN.exr of the wanted channels. `radiance`: linear, premultiplied.
void write_view(const std::filesystem::path& folder, int view, const ViewFiles& files,
                const PathTracer& tracer, const Camera& camera, const ImageF& radiance, const Image8& rgba,
                int threads);
// Writes folder/reference/NNNN.npz (db/dataset/reference_view.h).
void write_reference_view(const std::filesystem::path& folder, int view, const PathTracer& tracer,
                          const Camera& camera, const Transform& release_world_from_object, int threads);
void write_visible_points(const std::filesystem::path& folder, int view, const VisiblePoints& visible);

// Writes what was rendered while the next view is: files wait for the disk, which takes no CPU. One job at a
// time; what a job refers to must outlive the writer, which waits for its last one.
class ViewWriter {
 public:
  // Waits for the job before, and throws what that threw.
  template <typename Job>
  void start(Job job) {
    finish();
    job_ = std::async(std::launch::async, std::move(job));
  }
  void finish() {
    if (job_.valid()) job_.get();
  }

 private:
  std::future<void> job_;
};

// Removes files of views that an earlier run with more of them, or with a reference export, left.
void remove_surplus_views(const std::filesystem::path& folder, int views, const ViewFiles& files);

}  // namespace funcorr
