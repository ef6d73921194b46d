#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "db/dataset/shard.h"
#include "db/format/random.h"
#include "tests/temporary_folder.h"

namespace funcorr::tests {

// An object made of points on a sheet that turns: in view v point i lies at a pixel of its own, or is hidden.
// Parts are half-planes of the sheet, so that masks and points agree.
struct MadeObject {
  int views = 4, points = 4000;
  std::vector<ShardPart> parts{{"blade", {"cut-with"}}, {"handle", {"pull-with", "push-with"}}};
  std::string category = "knife";
};

inline ShardContent make_content(const std::string& uid, const MadeObject& object, std::uint64_t seed) {
  Random random(seed);
  ShardContent content{uid, object.category, object.parts, {}};
  for (int v = 0; v < object.views; ++v) {
    ShardContent::View view;
    view.number = v;
    view.rgb.resize(3UL * kCropPixels);
    for (auto& value : view.rgb) value = static_cast<std::uint8_t>(random.below(256));
    view.object.assign(kCropPixels, 0);
    view.in_parts.assign(object.parts.size(), CropMask(kCropPixels, 0));
    for (int y = 40; y < 180; ++y)
      for (int x = 30; x < 190; ++x) {
        const std::size_t pixel = crop_index({x, y});
        view.object[pixel] = 1;
        for (std::size_t p = 0; p < object.parts.size(); ++p)
          view.in_parts[p][pixel] = p == 0 ? x < 90 + 5 * v : x >= 100 + 5 * v;
      }
    for (int id = 0; id < object.points; ++id) {
      if (random.below(3) == 0) continue;  // hidden
      const auto x = 30 + (id * 7 + 11 * v) % 160, y = 40 + (id / 23) % 140;
      view.points.ids.push_back(id);
      view.points.pixels.push_back({x, y});
    }
    content.views.push_back(std::move(view));
  }
  return content;
}

}  // namespace funcorr::tests
