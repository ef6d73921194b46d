#include "labeling/grounding/first_pass.h"

#include <algorithm>
#include <exception>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include "db/dataset/cameras.h"
#include "db/dataset/points.h"
#include "db/dataset/view.h"
#include "db/dataset/visible_points.h"
#include "labeling/box/reply_boxes.h"
#include "labeling/fusion/posterior.h"
#include "labeling/fusion/surface_graph.h"
#include "labeling/grounding/spread_order.h"

namespace funcorr {
namespace {

// The surface of an asset, and what its labelling views show of it, read when they are first wanted.
class ShownAsset {
 public:
  explicit ShownAsset(const std::filesystem::path& folder)
      : label_(view_folder(folder, ViewSet::kLabel)),
        points_(load_points(points_path(folder))),
        graph_(points_) {}

  double doubt(const PartSoFar& part) {
    std::map<int, LabelledView> views;
    for (const Box& box : boxes_that_count(part.boxes, {})) {
      const auto [view, is_new] = views.try_emplace(box.view);
      if (is_new) view->second.visible = shown_in(box.view);
      view->second.boxes.push_back(box.pixels);
    }
    std::vector<LabelledView> labelled;
    for (auto& [number, view] : views) labelled.push_back(std::move(view));
    return posterior_of(score_points(points_, graph_, labelled, part.is_edge), part.is_edge).doubt;
  }

 private:
  const VisiblePoints& shown_in(int view) {
    const auto [known, is_new] = shown_.try_emplace(view);
    if (is_new) known->second = load_visible_points(visible_points_path(label_, view));
    return known->second;
  }

  std::filesystem::path label_;
  SurfacePoints points_;
  SurfaceGraph graph_;
  std::map<int, VisiblePoints> shown_;  // by view
};

}  // namespace

const OptionList<FirstPassOptions>& FirstPassOptions::options() {
  static const OptionList<FirstPassOptions> list{
      option("ask", &FirstPassOptions::ask)
          .help(
              "first-pass: about a few views of every part, and about more while the posterior of its boxes "
              "is in doubt; paper: about all views")
          .leaves_results(),
      option("first_views", &FirstPassOptions::first_views)
          .range(1, 1000)
          .help("first-pass: views from all around that are asked about first")
          .leaves_results(),
      option("more_views", &FirstPassOptions::more_views)
          .range(1, 1000)
          .help("first-pass: views that are then asked about at a time, of parts in doubt")
          .leaves_results(),
      option("settled", &FirstPassOptions::settled)
          .range(0, 1)
          .help("first-pass: the most doubt of a part that is asked about no more")
          .leaves_results()};
  return list;
}

std::int64_t FirstPassOptions::first_of(std::int64_t views) const {
  return is_on() ? std::min<std::int64_t>(views, first_views) : views;
}

std::string FirstPassOptions::question(bool is_edge) const {
  if (!is_on()) return {};
  return fmt::format("\nfirst {} then {} above {}{}", first_views, more_views, settled,
                     is_edge ? " edge" : "");
}

FirstPass::FirstPass(FirstPassOptions options, const Workspace& workspace,
                     std::function<bool()> stop_requested)
    : options_(options), workspace_(workspace), stop_requested_(std::move(stop_requested)) {
  FirstPassOptions::options().check(options_);
}

std::vector<int> FirstPass::order(const std::string& uid, const std::vector<int>& views) const {
  if (!options_.is_on()) return views;
  const auto cameras = read_cameras(cameras_path(view_folder(workspace_.asset(uid), ViewSet::kLabel)));
  std::vector<Vec3d> eyes;
  for (const int view : views) eyes.push_back(cameras.at(static_cast<std::size_t>(view)).center());
  std::vector<int> ordered;
  for (const std::size_t i : spread_order(eyes)) ordered.push_back(views[i]);
  return ordered;
}

std::vector<int> FirstPass::first(const std::string& uid, const std::vector<int>& views) const {
  std::vector<int> some = order(uid, views);
  some.resize(static_cast<std::size_t>(options_.first_of(std::ssize(some))));
  return some;
}

std::vector<PartDoubt> FirstPass::doubts(const std::vector<PartSoFar>& parts) const {
  std::map<std::string, std::vector<std::size_t>> by_asset;
  for (std::size_t i = 0; i < parts.size(); ++i) by_asset[parts[i].uid].push_back(i);
  const std::vector<std::pair<std::string, std::vector<std::size_t>>> assets(by_asset.begin(),
                                                                             by_asset.end());
  std::vector<PartDoubt> found(parts.size());
  tbb::parallel_for(std::size_t{0}, assets.size(), [&](std::size_t a) {
    const auto& [uid, of_asset] = assets[a];
    try {
      ShownAsset asset(workspace_.asset(uid));
      for (const std::size_t i : of_asset) {
        if (stop_requested_ && stop_requested_()) return;
        found[i].doubt = asset.doubt(parts[i]);
      }
    } catch (const std::exception& error) {
      for (const std::size_t i : of_asset) found[i].error = error.what();
    }
  });
  if (stop_requested_ && stop_requested_()) return {};
  return found;
}

}  // namespace funcorr
