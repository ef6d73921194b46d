#pragma once

#include <optional>
#include <span>
#include <vector>

#include "db/dataset/record/box.h"

namespace funcorr {

// Groups of boxes by the distance of their centres: k-means for every k from 2 to min(n − 1, 4), the k of the
// highest mean silhouette. Returns each box's group, 0 … k − 1. One group where n < 3 or all centres are the
// same. Deterministic: the first seed is the box farthest from the mean centre, every further one the
// farthest from the seeds before it (ties: the earlier box).
std::vector<int> cluster_boxes(std::span<const PixelBox> boxes);

// Mean silhouette of a grouping of the boxes' centres (Rousseeuw 1987); a group of one counts 0.
double mean_silhouette(std::span<const PixelBox> boxes, std::span<const int> groups);

// What the second, zoomed pass looks at: the mean box of the largest group (ties: the group of the earliest
// box), made square, grown 1.5 times, rounded, clamped to the image. Nothing without boxes.
std::optional<PixelBox> zoom_crop(std::span<const PixelBox> boxes, int width, int height);

}  // namespace funcorr
