#include "tools/simulated_server/truth.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

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

  std::set<std::string> part_names() const { return {geometry.parts.begin(), geometry.parts.end()}; }
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

  void add(int x, int y) { add({{x, y, x + 1, y + 1}, 1}); }
  void add(const GrowingBox& other) {
    box = {std::min(box.x1, other.box.x1), std::min(box.y1, other.box.y1), std::max(box.x2, other.box.x2),
           std::max(box.y2, other.box.y2)};
    points += other.points;
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

PictureTruth WorkspaceTruth::in_picture(const ShownView& shown, const std::string& part, int least_points) {
  PictureTruth truth{.object = {0, 0, shown.crop.width(), shown.crop.height()},
                     .width = shown.crop.width(),
                     .height = shown.crop.height()};
  const auto of_asset = asset(shown.uid);
  if (!of_asset) return truth;
  std::map<std::int16_t, GrowingBox> by_id;
  for_each_point(*of_asset, shown, [&](std::int16_t id, int x, int y) { by_id[id].add(x, y); });
  const auto box_of = [&](const std::string& name) -> std::optional<PixelBox> {
    GrowingBox box;
    for (const std::int16_t id : ids_of(of_asset->geometry, name))
      if (const auto found = by_id.find(id); found != by_id.end()) box.add(found->second);
    return box.points > 0 && box.points >= least_points ? std::optional(box.box) : std::nullopt;
  };
  truth.part = box_of(part);
  for (const std::string& name : of_asset->part_names())
    if (const auto box = box_of(name); box && box != truth.part) truth.others.push_back(*box);
  GrowingBox all;
  for (const auto& [id, box] : by_id) all.add(box);
  if (all.points > 0) truth.object = all.box;
  return truth;
}

std::vector<PictureShape> WorkspaceTruth::shapes_in(const ShownView& shown, int least_points) {
  const auto of_asset = asset(shown.uid);
  if (!of_asset) return {};
  std::vector<PictureShape> shapes;
  // The shape of the parts that it `holds`.
  const auto add = [&](const std::function<bool(std::int16_t id)>& holds) {
    PictureShape shape{.mask = Image8(shown.crop.width(), shown.crop.height(), 1)};
    GrowingBox box;
    for_each_point(*of_asset, shown, [&](std::int16_t id, int x, int y) {
      if (!holds(id)) return;
      *shape.mask.at(x, y) = 255;
      box.add(x, y);
    });
    if (box.points < std::max(1, least_points)) return;
    shape.box = box.box;
    shape.mask = eroded(dilated(std::move(shape.mask), 1), 1);
    shapes.push_back(std::move(shape));
  };
  for (const std::string& name : of_asset->part_names())
    add([ids = of_asset->geometry.part_ids(name)](std::int16_t id) { return ids.contains(id); });
  add([](std::int16_t) { return true; });
  return shapes;
}

void WorkspaceTruth::for_each_point(Asset& asset, const ShownView& shown,
                                    const std::function<void(std::int16_t part, int x, int y)>& visit) const {
  const std::lock_guard lock(asset.mutex);
  const VisiblePoints& visible = asset.view(workspace_, shown.set, shown.view);
  for (std::size_t i = 0; i < visible.ids.size(); ++i) {
    const auto [x, y] = visible.pixels[i];
    if (x < shown.crop.x1 || x >= shown.crop.x2 || y < shown.crop.y1 || y >= shown.crop.y2) continue;
    const auto point = static_cast<std::size_t>(visible.ids[i]);
    visit(asset.part_of_point.at(point), x - shown.crop.x1, y - shown.crop.y1);
  }
}

}  // namespace funcorr
