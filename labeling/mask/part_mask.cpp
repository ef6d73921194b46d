#include "labeling/mask/part_mask.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "db/dataset/crop.h"

namespace funcorr {
namespace {

constexpr int kReferenceSide = 490;  // px
constexpr int kHalf = 128, kFloor = 64;

int nearest_odd(double size) { return std::max(3, 2 * static_cast<int>(std::lround((size - 1) / 2)) + 1); }

struct Painted {
  cv::Mat heat;                // [H, W] u8: value · 255, truncated
  std::size_t hot_points = 0;  // heat > 0.5
  bool any = false;            // any heat at all
};

Painted paint(std::span<const double> scaled_heat, const VisiblePoints& visible, int width, int height) {
  Painted painted{cv::Mat::zeros(height, width, CV_8UC1), 0, false};
  for (std::size_t i = 0; i < visible.ids.size(); ++i) {
    const double value = scaled_heat[static_cast<std::size_t>(visible.ids[i])];
    const Pixel& pixel = visible.pixels[i];
    painted.heat.at<std::uint8_t>(pixel.y, pixel.x) = static_cast<std::uint8_t>(value * 255);
    painted.hot_points += value > 0.5 ? 1 : 0;
    painted.any = painted.any || value > 0;
  }
  return painted;
}

cv::Mat threshold_at_half(const cv::Mat& heat) {
  cv::Mat mask;
  cv::threshold(heat, mask, kHalf, 255, cv::THRESH_BINARY);
  return mask;
}

// The mask, and whether Otsu's threshold was high enough to be believed.
std::pair<cv::Mat, bool> threshold_by_otsu(const cv::Mat& heat, int blur_size) {
  cv::Mat raised = cv::max(heat, kFloor), blurred, mask;
  cv::GaussianBlur(raised, blurred, {blur_size, blur_size}, 0);
  const double otsu = cv::threshold(blurred, mask, 0, 255, cv::THRESH_BINARY | cv::THRESH_OTSU);
  return {mask, otsu >= kFloor};
}

void check(std::span<const double> scaled_heat, const VisiblePoints& visible, const Image8& object_mask) {
  if (object_mask.channels != 1)
    throw std::invalid_argument("part_mask: the object mask has several channels");
  if (visible.ids.size() != visible.pixels.size())
    throw std::invalid_argument("part_mask: point ids and pixels differ in number");
  for (std::size_t i = 0; i < visible.ids.size(); ++i) {
    const auto id = visible.ids[i];
    const auto [x, y] = visible.pixels[i];
    if (id < 0 || static_cast<std::size_t>(id) >= scaled_heat.size())
      throw std::out_of_range("visible point " + std::to_string(id) + " has no heat: there are " +
                              std::to_string(scaled_heat.size()) + " points");
    if (x < 0 || x >= object_mask.width || y < 0 || y >= object_mask.height)
      throw std::out_of_range("visible point at x " + std::to_string(x) + ", y " + std::to_string(y) +
                              " lies outside the object mask");
  }
}

Image8 inside_object(const cv::Mat& mask, const Image8& object_mask) {
  Image8 out(object_mask.width, object_mask.height, 1);
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x)
      *out.at(x, y) = mask.at<std::uint8_t>(y, x) != 0 && *object_mask.at(x, y) > kMaskThreshold ? 255 : 0;
  return out;
}

}  // namespace

MaskConstants mask_constants(const MaskStyle& style, int view_size_px) {
  MaskConstants constants;
  if (style.is_edge) constants.blur_size = 3;
  if (style.is_edge || style.is_small) {
    constants.closing_size = 3;
    constants.closing_iterations = 3;
  }
  if (view_size_px == kReferenceSide) return constants;
  const double scale = static_cast<double>(view_size_px) / kReferenceSide;
  const auto radius_of = [](int odd_size) { return (odd_size - 1) / 2; };
  const double reach = radius_of(constants.closing_size) * constants.closing_iterations * scale;  // px
  constants.min_hot_points =
      static_cast<std::size_t>(std::lround(static_cast<double>(constants.min_hot_points) * scale * scale));
  constants.blur_size = nearest_odd(constants.blur_size * scale);
  constants.closing_size = nearest_odd(constants.closing_size * scale);
  constants.closing_iterations =
      std::max(1, static_cast<int>(std::lround(reach / radius_of(constants.closing_size))));
  return constants;
}

PartMask part_mask(std::span<const double> scaled_heat, const VisiblePoints& visible,
                   const Image8& object_mask, const MaskStyle& style) {
  check(scaled_heat, visible, object_mask);
  const Painted painted = paint(scaled_heat, visible, object_mask.width, object_mask.height);
  if (!painted.any) return {Image8(object_mask.width, object_mask.height, 1), MaskBranch::kEmpty};
  const MaskConstants constants = mask_constants(style, std::max(object_mask.width, object_mask.height));
  cv::Mat mask;
  MaskBranch branch = MaskBranch::kThreshold;
  if (painted.hot_points < constants.min_hot_points) {
    mask = threshold_at_half(painted.heat);
  } else {
    const auto [otsu, believed] = threshold_by_otsu(painted.heat, constants.blur_size);
    branch = believed ? MaskBranch::kOtsu : MaskBranch::kOtsuFallback;
    mask = believed ? otsu : threshold_at_half(painted.heat);
  }
  const cv::Mat box =
      cv::getStructuringElement(cv::MORPH_RECT, {constants.closing_size, constants.closing_size});
  cv::morphologyEx(mask, mask, cv::MORPH_CLOSE, box, {-1, -1}, constants.closing_iterations);
  return {inside_object(mask, object_mask), branch};
}

}  // namespace funcorr
