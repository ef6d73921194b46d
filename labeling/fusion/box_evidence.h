#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "db/dataset/record/box.h"

namespace funcorr {

struct RealSides {
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0;  // pixels of a view
  double width() const { return x2 - x1; }
  double height() const { return y2 - y1; }
};
RealSides real_box(const PixelBox& box);
double intersection_over_union(const RealSides& a, const RealSides& b);

// By how much a side of a box errs, as a share of the box's extent along it: from the scatter of the boxes of
// every view with three or more about their median, the median of all deviations made a normal's standard
// deviation. 0.1 where no view has so many.
double estimate_jitter(std::span<const std::vector<RealSides>> boxes_of_views);

// How likely a pixel lies inside the box that another one, whose sides err by `jitter`, stands for: the
// product of its columns' and its rows' chances.
struct SoftSides {
  std::vector<float> columns, rows;  // [width], [height]
  SoftSides(const RealSides& box, double jitter, int width, int height);
};

// Points counted by pixel column and row of a view, and the box around them.
class ExtentCount {
 public:
  ExtentCount(int width, int height)
      : columns_(static_cast<std::size_t>(width)), rows_(static_cast<std::size_t>(height)) {}
  void add(int x, int y, std::int32_t points = 1) {
    columns_[static_cast<std::size_t>(x)] += points;
    rows_[static_cast<std::size_t>(y)] += points;
    total_ += points;
  }
  void add(const ExtentCount& other);
  // Without the outermost hundredth of the points on every side; nothing for fewer than three.
  std::optional<RealSides> box() const;

 private:
  std::vector<std::int32_t> columns_, rows_;
  std::int32_t total_ = 0;
};

}  // namespace funcorr
