#include "tools/simulated_server/truth.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <set>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "db/dataset/view_points.h"
#include "db/format/npy.h"

namespace funcorr {

namespace fs = std::filesystem;

struct WorkspaceTruth::Asset {
  std::string uid;
  std::vector<std::string> part_names;                      // by part id
  std::map<std::string, std::vector<std::string>> aliases;  // other name → true parts
  std::vector<std::int16_t> part_of_point;                  // −1: of none
  struct View {
    fs::file_time_type written;  // of the file: a view may be rendered again
    ViewPoints points;
  };
  std::map<int, View> views;
  std::mutex mutex;  // guards views

  std::set<std::int16_t> ids_of(const std::string& part) const {
    std::set<std::string> names{part};
    if (const auto alias = aliases.find(part); alias != aliases.end())
      names.insert(alias->second.begin(), alias->second.end());
    std::set<std::int16_t> ids;
    for (std::size_t id = 0; id < part_names.size(); ++id)
      if (names.contains(part_names[id])) ids.insert(static_cast<std::int16_t>(id));
    return ids;
  }

  const ViewPoints& view(const Workspace& workspace, int index) {
    const fs::path file = workspace.asset(uid) / "label" / fmt::format("{:04}.npz", index);
    const auto written = fs::last_write_time(file);
    auto [found, is_new] = views.try_emplace(index);
    if (is_new || found->second.written != written) found->second = {written, load_view_points(file)};
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

std::vector<std::int16_t> load_part_ids(const fs::path& points_npz) {
  const auto arrays = load_npz(points_npz);
  const auto part = arrays.find("part");
  if (part == arrays.end()) throw std::runtime_error(points_npz.string() + " has no array \"part\"");
  return part->second.as<std::int16_t>();
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
  std::ifstream stream(folder / "geometry.json");
  if (!stream) return nullptr;
  const auto geometry = nlohmann::json::parse(stream);
  auto loaded = std::make_shared<Asset>();
  loaded->uid = uid;
  loaded->part_names = geometry.at("parts").get<std::vector<std::string>>();
  loaded->aliases = geometry.at("part_aliases").get<std::map<std::string, std::vector<std::string>>>();
  loaded->part_of_point = load_part_ids(folder / "points.npz");
  recent_.push_front(std::move(loaded));
  if (recent_.size() > most_assets_) recent_.pop_back();
  return recent_.front();
}

std::map<std::string, PixelBox> WorkspaceTruth::visible_parts(const ShownView& shown, int least_points) {
  std::map<std::string, PixelBox> boxes;
  const auto of_asset = asset(shown.uid);
  if (!of_asset) return boxes;
  for (const std::string& part : of_asset->part_names)
    if (const auto box = part_box(shown, part, least_points)) boxes[part] = *box;
  return boxes;
}

std::optional<PixelBox> WorkspaceTruth::part_box(const ShownView& shown, const std::string& part,
                                                 int least_points) {
  const auto of_asset = asset(shown.uid);
  if (!of_asset) return std::nullopt;
  const std::set<std::int16_t> ids = of_asset->ids_of(part);
  if (ids.empty()) return std::nullopt;
  const std::lock_guard lock(of_asset->mutex);
  const ViewPoints& visible = of_asset->view(workspace_, shown.view);
  GrowingBox box;
  for (std::size_t i = 0; i < visible.point_ids.size(); ++i) {
    const auto point = static_cast<std::size_t>(visible.point_ids[i]);
    if (!ids.contains(of_asset->part_of_point.at(point))) continue;
    const auto [row, column] = visible.pixels_rowcol[i];
    if (column >= shown.crop.x1 && column < shown.crop.x2 && row >= shown.crop.y1 && row < shown.crop.y2)
      box.add(column - shown.crop.x1, row - shown.crop.y1);
  }
  return box.points >= least_points ? std::optional(box.box) : std::nullopt;
}

}  // namespace funcorr
