#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "labeling/box/shown_view.h"
#include "pipeline/stage.h"

namespace funcorr {

// What is really to be seen in the views of a workspace: the parts of its assets as their files or
// sidecars name them (geometry.json), each where its surface points (points.npz) are visible. Thread-safe;
// keeps the assets used last in memory.
class WorkspaceTruth {
 public:
  explicit WorkspaceTruth(std::filesystem::path workspace, std::size_t most_assets = 256);

  // Box of a part in the picture shown, in pixels of that picture; nothing where the asset has no part of the
  // name, or fewer than `least_points` of its points are visible there. An alias stands for all its true
  // parts, a function (function_phrase()) for those that do it by the asset's sidecar.
  std::optional<PixelBox> part_box(const ShownView& shown, const std::string& part, int least_points = 8);
  // Every true part that can be seen in the picture, by name.
  std::map<std::string, PixelBox> visible_parts(const ShownView& shown, int least_points = 8);

 private:
  struct Asset;
  std::shared_ptr<Asset> asset(const std::string& uid);

  Workspace workspace_;
  std::size_t most_assets_;
  std::mutex mutex_;
  std::list<std::shared_ptr<Asset>> recent_;  // the one used last in front
};

}  // namespace funcorr
