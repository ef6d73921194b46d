#include "eval/matching/match_answer.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "db/format/csv.h"
#include "eval/report/figures.h"

namespace funcorr {
namespace {

using nlohmann::json;

std::string px(double pixels) { return fmt::format("{:.2f}", pixels); }

MatchAnswer answer_of(const std::vector<FunctionalMatch>& matches, Image8 picture) {
  MatchAnswer answer{std::move(picture), json::object(),
                     csv_line({"rank", "x_a", "y_a", "x_b", "y_b", "similarity", "cycle_px"})};
  json list = json::array();
  for (std::size_t i = 0; i < matches.size(); ++i) {
    const FunctionalMatch& m = matches[i];
    list.push_back({{"a", {m.point_1.x, m.point_1.y}},
                    {"b", {m.point_2.x, m.point_2.y}},
                    {"crop_a", {m.crop.first.x, m.crop.first.y}},
                    {"crop_b", {m.crop.second.x, m.crop.second.y}},
                    {"similarity", m.similarity},
                    {"cycle_px", m.cycle_px}});
    answer.csv +=
        csv_line({std::to_string(i + 1), px(m.point_1.x), px(m.point_1.y), px(m.point_2.x), px(m.point_2.y),
                  fmt::format("{:.5f}", m.similarity), fmt::format("{:.3f}", m.cycle_px)});
  }
  answer.document["matches"] = std::move(list);
  return answer;
}

std::vector<PixelPair> pairs_of(const std::vector<FunctionalMatch>& matches) {
  std::vector<PixelPair> pairs;
  for (const FunctionalMatch& match : matches) pairs.push_back(match.crop);
  return pairs;
}

// Similarities −1 … 1 over the object, stretched to what occurs there.
Image8 heat_picture(const std::vector<float>& heat, const CropMask& object) {
  float low = 1, high = -1;
  for (std::size_t i = 0; i < heat.size(); ++i)
    if (object[i]) {
      low = std::min(low, heat[i]);
      high = std::max(high, heat[i]);
    }
  Image8 picture(kCropSize, kCropSize, 1);
  for (std::size_t i = 0; i < heat.size(); ++i)
    picture.pixels[i] = object[i]
                            ? static_cast<std::uint8_t>(255 * (heat[i] - low) / std::max(high - low, 1e-6F))
                            : std::uint8_t{0};
  return picture;
}

// A spot of 5 × 5 px around the pixel.
Image8 spot_at(const Pixel& pixel) {
  Image8 spot(kCropSize, kCropSize, 1);
  for (int y = std::max(0, pixel.y - 2); y <= std::min(kCropSize - 1, pixel.y + 2); ++y)
    for (int x = std::max(0, pixel.x - 2); x <= std::min(kCropSize - 1, pixel.x + 2); ++x)
      *spot.at(x, y) = 255;
  return spot;
}

}  // namespace

MatchAnswer discovery_answer(const MatchedImages& matched, const MatchImage& a, const MatchImage& b,
                             const DiscoveryOptions& options, const MatchedImages* plain) {
  const auto drawn = [&](const std::vector<FunctionalMatch>& matches) {
    return draw_match_lines(a.crop().rgb, b.crop().rgb, pairs_of(matches), static_cast<int>(matches.size()));
  };
  const auto matches = matched.discover(options);
  MatchAnswer answer = answer_of(matches, drawn(matches));
  if (!plain) return answer;
  const auto of_backbone = plain->discover(options);
  answer.picture = side_by_side(answer.picture, drawn(of_backbone));
  answer.document["backbone_matches"] = answer_of(of_backbone, {}).document["matches"];
  return answer;
}

MatchAnswer transfer_answer(const MatchedImages& matched, const MatchImage& a, const MatchImage& b,
                            const std::vector<Pixel>& crop_pixels_a) {
  const auto matches = matched.transfer(crop_pixels_a);
  return answer_of(matches, draw_correspondence(a.crop().rgb, b.crop().rgb, pairs_of(matches)));
}

MatchAnswer heatmap_answer(const MatchedImages& matched, const MatchImage& a, const MatchImage& b,
                           const ImagePoint& point_a) {
  const Pixel pixel = a.crop_from_image(point_a);
  if (!a.is_on_object(pixel))
    throw std::runtime_error(
        fmt::format("the point ({}, {}) of the heatmap is not on the object of A", point_a.x, point_a.y));
  const std::vector<float> heat = matched.heatmap(pixel);
  const CropMask object_b = b.object();
  MatchAnswer answer{contact_sheet({overlay_heat(a.crop().rgb, spot_at(pixel)),
                                    overlay_heat(b.crop().rgb, heat_picture(heat, object_b))},
                                   2, 2 * kCropSize),
                     json::object(), csv_line({"x_b", "y_b", "similarity"})};
  Pixel best{};
  for (const Pixel& target : pixels_of(object_b)) {
    const float similarity = heat[crop_index(target)];
    if (similarity > heat[crop_index(best)]) best = target;
    const ImagePoint where = b.image_from_crop(target);
    answer.csv += csv_line({px(where.x), px(where.y), fmt::format("{:.5f}", similarity)});
  }
  const auto [x, y] = b.image_from_crop(best);
  answer.document = {
      {"a", {point_a.x, point_a.y}}, {"best_b", {x, y}}, {"similarity", heat[crop_index(best)]}};
  return answer;
}

}  // namespace funcorr
