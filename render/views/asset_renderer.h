#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "db/dataset/points.h"
#include "db/dataset/record/view.h"
#include "render/import/import.h"
#include "render/light/environments.h"
#include "render/views/view_options.h"
#include "render/views/view_sets.h"

namespace funcorr {

// Renders the views of assets, one asset after another. Not thread-safe.
class AssetRenderer {
 public:
  // `threads`: 0 for all of the machine. Throws UsageError for options out of their ranges.
  AssetRenderer(const ViewOptions& options, int threads);

  // Loads all that is needed besides the assets, to tell early what is missing: UsageError, EnvironmentError.
  // Returns a line for people on each input that had to be mended.
  std::vector<std::string> check_inputs();

  // Writes both sets of views of an asset into its folder, where points.npz is already, and removes views of
  // an earlier run with more of them. Returns their rows, in order, without uid. Throws ImportError — also
  // "blank_renders", when no view shows anything —, and std::runtime_error where points.npz is not the
  // mesh's.
  std::vector<View> render(const AssetSource& source, const ViewDraw& draw,
                           const std::filesystem::path& asset_folder);

 private:
  struct Subject;
  View render_view(const Subject& subject, const ViewsToRender& set, int index, const ViewDraw& draw,
                   const std::filesystem::path& folder);

  ViewOptions options_;
  int threads_;
  EnvironmentCache environments_;
};

}  // namespace funcorr
