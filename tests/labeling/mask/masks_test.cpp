// Boxes → heat of points → part masks, against the release's own output and against brute force.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/dataset/rowcol.h"
#include "db/format/npy.h"
#include "db/format/random.h"
#include "labeling/fusion/heat.h"
#include "labeling/mask/part_mask.h"
#include "tests/catch.h"
#include "tests/golden.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

VisiblePoints golden_view(const fs::path& folder, int view) {
  const std::string stem = "view" + std::to_string(view) + "_";
  return {load_npy(folder / (stem + "point_ids.npy")).as<std::int32_t>(),
          pixels_of_rowcol(load_npy(folder / (stem + "pixels_rowcol.npy")))};
}

std::vector<LabelledView> golden_views(const fs::path& folder) {
  const auto boxes = nlohmann::json::parse(std::ifstream(folder / "boxes_xyxy.json"));
  std::vector<LabelledView> views;
  for (const auto& [name, of_view] : boxes.items()) {
    LabelledView view{golden_view(folder, static_cast<int>(views.size())), {}};
    for (const auto& box : of_view)
      view.boxes.push_back({box[0].get<int>(), box[1].get<int>(), box[2].get<int>(), box[3].get<int>()});
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace

TEST_CASE("Heat equals the release's exactly") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const fs::path folder = golden / "label";
  const std::vector<double> expected = load_npy(folder / "heat.npy").to_double();
  const Heat heat = fuse_boxes(expected.size(), golden_views(folder), {HeatMode::kReference, 3});
  CHECK(heat.values == expected);
}

TEST_CASE("Part masks equal the release's pixel for pixel") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const fs::path folder = golden / "label";
  const std::vector<double> heat = scale_heat(load_npy(folder / "heat.npy").to_double());
  const auto [kind, style] = GENERATE(table<std::string, MaskStyle>({{"large", MaskStyle{false, false}},
                                                                     {"small", MaskStyle{true, false}},
                                                                     {"edge", MaskStyle{false, true}}}));
  int views = 0;
  for (; fs::exists(folder / ("object_mask_" + std::to_string(views) + ".png")); ++views) {
    const std::string number = std::to_string(views) + ".png";
    const PartMask mask =
        part_mask(heat, golden_view(folder, views), load_image8(folder / ("object_mask_" + number)), style);
    Image8 expected = load_image8(folder / ("mask_" + kind + "_" + number));
    std::size_t wrong = 0, lit = 0;
    for (std::size_t i = 0; i < expected.pixels.size(); ++i) {
      wrong += (expected.pixels[i] > 0) != (mask.mask.pixels.at(i) > 0) ? 1 : 0;
      lit += expected.pixels[i] > 0 ? 1 : 0;
    }
    INFO(kind << " view " << views << ", branch " << to_string(mask.branch) << ", " << lit << " px");
    CHECK(wrong == 0);
  }
  CHECK(views > 0);
}

namespace {

LabelledView random_view(Random& random, std::size_t points, int size, std::size_t boxes) {
  LabelledView view;
  for (std::size_t id = 0; id < points; ++id) {
    if (random.uniform() < 0.5) continue;
    const auto pixel = [&] {
      return static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(size)));
    };
    view.visible.ids.push_back(static_cast<std::int32_t>(id));
    view.visible.pixels.push_back({pixel(), pixel()});
  }
  for (std::size_t i = 0; i < boxes; ++i) {
    const auto corner = [&] { return static_cast<int>(random.below(static_cast<std::uint64_t>(size))); };
    const int x = corner(), y = corner();
    view.boxes.push_back({x, y, x + corner() / 2, y + corner() / 2});
  }
  return view;
}

// Point by point and box by box.
double heat_by_hand(const std::vector<LabelledView>& views, std::int32_t id, const HeatOptions& options) {
  const bool normalized = options.mode == HeatMode::kNormalized;
  double sum = 0;
  int told = 0;
  for (const LabelledView& view : views)
    for (std::size_t i = 0; i < view.visible.ids.size(); ++i) {
      if (view.visible.ids[i] != id) continue;
      if (std::ssize(view.boxes) < options.min_boxes) continue;
      ++told;
      const auto [x, y] = view.visible.pixels[i];
      int inside = 0;
      for (const PixelBox& box : view.boxes) {
        const int reach = normalized ? 1 : 0;  // the far sides belong to the box in the release
        inside += x >= box.x1 && y >= box.y1 && x <= box.x2 - reach && y <= box.y2 - reach ? 1 : 0;
      }
      sum += normalized ? inside / static_cast<double>(view.boxes.size()) : inside;
    }
  return normalized && told > 0 ? sum / told : sum;
}

}  // namespace

TEST_CASE("Heat equals a count by hand in both modes") {
  Random random(7);
  constexpr std::size_t kPoints = 60;
  std::vector<LabelledView> views;
  for (std::size_t boxes = 0; boxes < 6; ++boxes) views.push_back(random_view(random, kPoints, 20, boxes));
  for (const int least : {1, 3}) {
    const HeatOptions by_boxes{HeatMode::kReference, least}, by_views{HeatMode::kNormalized, least};
    const Heat reference = fuse_boxes(kPoints, views, by_boxes);
    const Heat normalized = fuse_boxes(kPoints, views, by_views);
    for (std::size_t point = 0; point < kPoints; ++point) {
      CAPTURE(least, point);
      const auto id = static_cast<std::int32_t>(point);
      CHECK(reference.values[point] == heat_by_hand(views, id, by_boxes));
      CHECK_THAT(normalized.values[point], Catch::WithinAbs(heat_by_hand(views, id, by_views), 1e-12));
      CHECK(normalized.values[point] <= 1.0);
    }
    CHECK(reference.views_with_boxes == 5);
    CHECK(reference.views_used == (least == 1 ? 5 : 3));
    CHECK(reference.boxes == 3 + 4 + 5 + (least == 1 ? 1 + 2 : 0));
    CHECK(reference.dropped_boxes == (least == 1 ? 0 : 1 + 2));
  }
  CHECK(HeatOptions{}.min_boxes == 1);
}

TEST_CASE("Normalised heat does not grow with the number of views that show a point") {
  // Point 0 is seen once, point 1 four times; every box of every view holds both.
  std::vector<LabelledView> views(4);
  for (std::size_t i = 0; i < views.size(); ++i) {
    views[i].boxes.assign(4, {0, 0, 10, 10});
    views[i].visible.ids = {1};
    views[i].visible.pixels = {{5, 5}};
    if (i == 0) {
      views[i].visible.ids.push_back(0);
      views[i].visible.pixels.push_back({6, 6});
    }
  }
  const Heat reference = fuse_boxes(2, views, {}),
             normalized = fuse_boxes(2, views, {HeatMode::kNormalized, 3});
  CHECK(reference.values == std::vector<double>{4, 16});
  CHECK(normalized.values == std::vector<double>{1, 1});
}

TEST_CASE("A view below min_boxes says nothing of a point, not that it does not belong to the part") {
  std::vector<LabelledView> views(2);
  for (LabelledView& view : views) {
    view.visible = {{0}, {{5, 5}}};
    view.boxes.assign(3, {0, 0, 10, 10});
  }
  views[1].boxes = {{0, 0, 10, 10}};
  CHECK(fuse_boxes(1, views, {HeatMode::kNormalized, 3}).values == std::vector<double>{1});
}

TEST_CASE("Heat is scaled to 0 … 1, and a constant one to 0") {
  CHECK(scale_heat(std::vector<double>{2, 4, 3}) == std::vector<double>{0, 1, 0.5});
  CHECK(scale_heat(std::vector<double>{3, 3}) == std::vector<double>{0, 0});
  CHECK(scale_heat({}).empty());
  std::vector<double> heat = {2, 4, 8};
  multiply_by_edge_probability(heat, std::vector<float>{0, 0.5F, 1});
  CHECK(heat == std::vector<double>{0, 2, 8});
  CHECK_THROWS_AS(multiply_by_edge_probability(heat, std::vector<float>{1}), std::invalid_argument);
}

TEST_CASE("Foreign point ids and pixels are refused") {
  LabelledView view{{{3}, {{0, 0}}}, {{0, 0, 1, 1}}};
  CHECK_THROWS_AS(fuse_boxes(3, std::vector{view}, {}), std::out_of_range);
  const std::vector<double> heat = {0.5, 1};
  CHECK_THROWS_AS(part_mask(heat, {{2}, {{0, 0}}}, Image8(8, 8, 1), {}), std::out_of_range);
  CHECK_THROWS_AS(part_mask(heat, {{1}, {{0, 8}}}, Image8(16, 8, 1), {}), std::out_of_range);
  CHECK_THROWS_AS(part_mask(heat, {{1}, {{8, 0}}}, Image8(8, 16, 1), {}), std::out_of_range);
}

TEST_CASE("A part mask stays inside the object and covers a dense hot region") {
  constexpr int kSize = 490;
  Image8 object(kSize, kSize, 1);
  for (int y = 100; y < 400; ++y)
    for (int x = 100; x < 400; ++x) *object.at(x, y) = 255;
  // Every third pixel shows a point; the left half of the object is hot.
  VisiblePoints visible;
  std::vector<double> heat;
  for (int y = 100; y < 400; y += 3)
    for (int x = 100; x < 400; x += 3) {
      visible.ids.push_back(static_cast<std::int32_t>(heat.size()));
      visible.pixels.push_back({x, y});
      heat.push_back(x < 250 ? 1.0 : 0.0);
    }
  const MaskStyle style = GENERATE(MaskStyle{false, false}, MaskStyle{true, false}, MaskStyle{false, true});
  const PartMask mask = part_mask(heat, visible, object, style);
  std::size_t wrong = 0, outside = 0;
  for (int y = 0; y < kSize; ++y)
    for (int x = 0; x < kSize; ++x) {
      const bool lit = *mask.mask.at(x, y) > 0;
      outside += lit && *object.at(x, y) == 0 ? 1 : 0;
      // 6 px of play at the rim: blur and closing.
      if (x > 106 && x < 244 && y > 106 && y < 390) wrong += lit ? 0 : 1;
      if (x > 262 && x < 400) wrong += lit ? 1 : 0;
    }
  CHECK(outside == 0);
  CHECK(wrong == 0);
  CHECK(part_mask(std::vector<double>(heat.size(), 0.0), visible, object, style).branch ==
        MaskBranch::kEmpty);
}

TEST_CASE("Pixel constants are the release's at 490 px and follow the size of other views") {
  CHECK(mask_constants({}, 490) == MaskConstants{200, 11, 5, 5});
  CHECK(mask_constants({true, false}, 490) == MaskConstants{200, 11, 3, 3});
  CHECK(mask_constants({false, true}, 490) == MaskConstants{200, 3, 3, 3});
  CHECK(mask_constants({}, 245) == MaskConstants{50, 5, 3, 5});
  CHECK(mask_constants({}, 980) == MaskConstants{800, 23, 11, 4});
}

}  // namespace funcorr
