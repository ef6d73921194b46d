#pragma once

#include <cstdint>

#include "db/format/options.h"

namespace funcorr {

// What an asset may consist of. Every limit is checked before the memory it bounds is allocated.
struct ImportLimits {
  std::int64_t max_triangles = 5'000'000;        // of the whole asset
  std::int64_t max_file_mb = 512;                // each file: mesh, buffer, texture
  std::int64_t max_texture_pixels = 67'108'864;  // of one texture

  std::int64_t max_file_bytes() const { return max_file_mb << 20; }
  std::int64_t max_all_texture_pixels() const { return 4 * max_texture_pixels; }  // of all together

  static const OptionList<ImportLimits>& options();
  // As wide as the options' ranges are: for what was let in before.
  static ImportLimits widest();
};

}  // namespace funcorr
