#include "tools/simulated_server/truth.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <utility>

#include "db/dataset/function_phrase.h"
#include "db/dataset/geometry.h"
#include "db/dataset/points.h"
#include "db/dataset/view.h"
#include "db/dataset/visible_points.h"

namespace funcorr {

namespace fs = std::filesystem;

struct WorkspaceTruth::Asset {
  std::string uid;
  Geometry geometry;
  std::vector<std::int16_t> part_of_point;  // −1: of none
  struct View {
    fs::file_time_type written;  // of the file: a view may be rendered again
    VisiblePoints points;
  };
  std::map<std::pair<ViewSet, int>, View> views;
  std::mutex mutex;  // guards views

  const VisiblePoints& view(const Workspace& workspace, ViewSet set, int index) {
    const fs::path file = visible_points_path(view_folder(workspace.asset(uid), set), index);
    const auto written = fs::last_write_time(file);
    auto [found, is_new] = views.try_emplace({set, index});
    if (is_new || found->second.written != written) found->second = {written, load_visible_points(file)};
    return found->second.points;
  }
};

namespace {

// Grows with the points it is given; in pixels of the crop.
struct GrowingBox {
  PixelBox box{1 << 30, 1 << 30, 0, 0};
  int points = 0;

  void add(int x, int y) {
    box = {std::min(box.x1, x), std::min(box.y1, y), std::max(box.x2, x + 1), std::max(box.y2, y + 1)};
    ++points;
  }
};

// Of a part, or of all that do a function of this name.
std::set<std::int16_t> ids_of(const Geometry& geometry, const std::string& asked) {
  std::set<std::int16_t> ids = geometry.part_ids(asked);
  for (const auto& [name, frame] : geometry.functions)
    if (function_phrase(name) == asked)
      for (const std::string& part : frame.parts) ids.merge(geometry.part_ids(part));
  return ids;
}

}  // namespace

WorkspaceTruth::WorkspaceTruth(fs::path workspace, std::size_t most_assets)
    : workspace_{std::move(workspace)}, most_assets_(most_assets) {}

std::shared_ptr<WorkspaceTruth::Asset> WorkspaceTruth::asset(const std::string& uid) {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(recent_.begin(), recent_.end(), [&](const auto& known) { return known->uid == uid; });
  if (found != recent_.end()) {
    recent_.splice(recent_.begin(), recent_, found);
    return recent_.front();
  }
  const fs::path folder = workspace_.asset(uid);
  if (!fs::exists(geometry_path(folder))) return nullptr;
  auto loaded = std::make_shared<Asset>();
  loaded->uid = uid;
  loaded->geometry = load_geometry(geometry_path(folder));
  loaded->part_of_point = load_points(points_path(folder)).parts;
  recent_.push_front(std::move(loaded));
  if (recent_.size() > most_assets_) recent_.pop_back();
  return recent_.front();
}

std::map<std::string, PixelBox> WorkspaceTruth::visible_parts(const ShownView& shown, int least_points) {
  std::map<std::string, PixelBox> boxes;
  const auto of_asset = asset(shown.uid);
  if (!of_asset) return boxes;
  for (const std::string& part : of_asset->geometry.parts)
    if (const auto box = part_box(shown, part, least_points)) boxes[part] = *box;
  return boxes;
}

std::optional<PixelBox> WorkspaceTruth::part_box(const ShownView& shown, const std::string& part,
                                                 int least_points) {
  const auto of_asset = asset(shown.uid);
  if (!of_asset) return std::nullopt;
  const std::set<std::int16_t> ids = ids_of(of_asset->geometry, part);
  if (ids.empty()) return std::nullopt;
  const std::lock_guard lock(of_asset->mutex);
  const VisiblePoints& visible = of_asset->view(workspace_, shown.set, shown.view);
  GrowingBox box;
  for (std::size_t i = 0; i < visible.ids.size(); ++i) {
    const auto point = static_cast<std::size_t>(visible.ids[i]);
    if (!ids.contains(of_asset->part_of_point.at(point))) continue;
    const auto [x, y] = visible.pixels[i];
    if (x >= shown.crop.x1 && x < shown.crop.x2 && y >= shown.crop.y1 && y < shown.crop.y2)
      box.add(x - shown.crop.x1, y - shown.crop.y1);
  }
  return box.points >= least_points ? std::optional(box.box) : std::nullopt;
}

}  // namespace funcorr
