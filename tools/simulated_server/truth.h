#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "db/dataset/workspace.h"
#include "labeling/box/shown_view.h"
#include "tools/simulated_server/box_noise.h"
#include "tools/simulated_server/mask_noise.h"

namespace funcorr {

// What is really to be seen in the views of a workspace: the parts of its assets as their files or
// sidecars name them (geometry.json), each where its surface points (points.npz) are visible. Thread-safe;
// keeps the assets used last in memory.
class WorkspaceTruth {
 public:
  explicit WorkspaceTruth(std::filesystem::path workspace, std::size_t most_assets = 256);

  // What is to be seen of a part in the picture shown, in pixels of that picture. A part counts as visible
  // where `least_points` of its points are; one that the asset does not have never is. An alias stands for
  // all its true parts, a function (function_phrase()) for those that do it by the asset's sidecar. `others`:
  // in the order of their names.
  PictureTruth in_picture(const ShownView& shown, const std::string& part, int least_points = 8);
  // The shapes of all true parts that can be seen in the picture, in the order of their names, and behind
  // them that of the whole object; none where nothing can be seen. Gaps of a pixel between points are closed.
  std::vector<PictureShape> shapes_in(const ShownView& shown, int least_points = 8);

 private:
  struct Asset;
  std::shared_ptr<Asset> asset(const std::string& uid);
  // Every point that is visible in the picture, at its pixel of that.
  void for_each_point(Asset& asset, const ShownView& shown,
                      const std::function<void(std::int16_t part, int x, int y)>& visit) const;

  Workspace workspace_;
  std::size_t most_assets_;
  std::mutex mutex_;
  std::list<std::shared_ptr<Asset>> recent_;  // the one used last in front
};

}  // namespace funcorr
