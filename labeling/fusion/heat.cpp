#include "labeling/fusion/heat.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace funcorr {
namespace {

// The release counts a pixel on any side of the box as inside.
bool contains_with_sides(const PixelBox& box, const Pixel& pixel) {
  return box.x1 <= pixel.x && pixel.x <= box.x2 && box.y1 <= pixel.y && pixel.y <= box.y2;
}

bool contains(const PixelBox& box, const Pixel& pixel) {
  return box.x1 <= pixel.x && pixel.x < box.x2 && box.y1 <= pixel.y && pixel.y < box.y2;
}

std::size_t checked_id(std::int32_t id, std::size_t points) {
  if (id < 0 || static_cast<std::size_t>(id) >= points)
    throw std::out_of_range("visible point " + std::to_string(id) + " of " + std::to_string(points) +
                            " surface points: the view was rendered from other points");
  return static_cast<std::size_t>(id);
}

}  // namespace

const OptionList<HeatOptions>& HeatOptions::options() {
  static const OptionList<HeatOptions> list{
      option("mode", &HeatOptions::mode)
          .help("posterior: the probability that a point is of the part; reference: boxes a point falls in, "
                "summed over views, as the paper; normalized: their mean share over the views that show it"),
      option("min_boxes", &HeatOptions::min_boxes)
          .range(1, 1000)
          .help("a view with fewer boxes of the part says nothing; what is dropped so is counted"),
  };
  return list;
}

Heat fuse_boxes(std::size_t points, std::span<const LabelledView> views, const HeatOptions& options) {
  HeatOptions::options().check(options);
  const bool normalized = options.mode == HeatMode::kNormalized;
  const auto inside = normalized ? contains : contains_with_sides;
  Heat heat;
  heat.values.assign(points, 0.0);
  std::vector<std::int32_t> seen(points, 0), told(points, 0);  // views that show a point; used ones
  for (const LabelledView& view : views) {
    const bool used = static_cast<int>(view.boxes.size()) >= options.min_boxes;
    heat.views_with_boxes += view.boxes.empty() ? 0 : 1;
    heat.views_used += used ? 1 : 0;
    (used ? heat.boxes : heat.dropped_boxes) += static_cast<int>(view.boxes.size());
    const double weight = normalized && used ? 1.0 / static_cast<double>(view.boxes.size()) : 1.0;
    for (std::size_t i = 0; i < view.visible.ids.size(); ++i) {
      const std::size_t id = checked_id(view.visible.ids[i], points);
      ++seen[id];
      if (!used) continue;
      ++told[id];
      const Pixel& pixel = view.visible.pixels.at(i);
      for (const PixelBox& box : view.boxes)
        if (inside(box, pixel)) heat.values[id] += weight;
    }
  }
  heat.visible_points = std::count_if(seen.begin(), seen.end(), [](std::int32_t n) { return n > 0; });
  if (normalized)
    for (std::size_t id = 0; id < points; ++id)
      if (told[id] > 0) heat.values[id] /= told[id];
  return heat;
}

void multiply_by_edge_probability(std::span<double> heat, std::span<const float> edge_probability) {
  if (heat.size() != edge_probability.size())
    throw std::invalid_argument(std::to_string(edge_probability.size()) + " edge probabilities for " +
                                std::to_string(heat.size()) + " points");
  for (std::size_t i = 0; i < heat.size(); ++i) heat[i] *= static_cast<double>(edge_probability[i]);
}

std::vector<double> scale_heat(std::span<const double> heat) {
  std::vector<double> scaled(heat.size(), 0.0);
  if (heat.empty()) return scaled;
  const auto [least, most] = std::minmax_element(heat.begin(), heat.end());
  const double range = *most - *least;
  if (!(range > 0)) return scaled;
  for (std::size_t i = 0; i < heat.size(); ++i) scaled[i] = (heat[i] - *least) / range;
  return scaled;
}

}  // namespace funcorr
