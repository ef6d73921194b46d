#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "db/format/vector.h"

namespace funcorr {

// Views in an order whose first ones, however many, look from all around: the first view, then always the one
// whose direction is farthest from those before it (Gonzalez 1985; ties: the earlier view). `eyes` [V] where
// the views look from, towards the origin. Returns each view's index once.
std::vector<std::size_t> spread_order(std::span<const Vec3d> eyes);

}  // namespace funcorr
