#include "db/dataset/shard.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "tests/catch.h"
#include "tests/db/dataset/shards.h"

namespace funcorr {
namespace {

bool inside(const CropMask& mask, PixelIndex pixel) { return mask[pixel] != 0; }

// Points that both views show inside the part, by all pairs of points.
int shared_by_brute_force(const ShardContent& content, std::size_t part, std::size_t v, std::size_t w) {
  const auto &a = content.views[v], &b = content.views[w];
  int shared = 0;
  for (std::size_t i = 0; i < a.points.ids.size(); ++i)
    for (std::size_t j = 0; j < b.points.ids.size(); ++j)
      shared += a.points.ids[i] == b.points.ids[j] &&
                inside(a.in_parts[part], pixel_index(a.points.pixels[i])) &&
                inside(b.in_parts[part], pixel_index(b.points.pixels[j]));
  return shared;
}

}  // namespace

TEST_CASE("shards: what was written is what is read, and equal content gives equal bytes", "[shard]") {
  const tests::TemporaryFolder folder;
  const ShardContent content = tests::make_content("b", {}, 2);
  write_shard(folder / "first", content);
  const Shard shard(folder / "first");
  CHECK(shard.uid() == "b");
  CHECK(shard.category() == "knife");
  CHECK((shard.parts() == content.parts));
  REQUIRE(shard.views() == 4);
  for (int v = 0; v < shard.views(); ++v) {
    const auto& view = content.views[static_cast<std::size_t>(v)];
    CHECK(std::equal(view.rgb.begin(), view.rgb.end(), shard.rgb(v).begin(), shard.rgb(v).end()));
    int wrong = 0;
    for (int pixel = 0; pixel < kCropPixels; ++pixel) {
      const auto index = static_cast<PixelIndex>(pixel);
      wrong += shard.object(v).at(index) != inside(view.object, index);
      for (int p = 0; p < 2; ++p)
        wrong += shard.part(p, v).at(index) != inside(view.in_parts[static_cast<std::size_t>(p)], index);
    }
    CHECK(wrong == 0);
    CHECK(shard.object(v).count() == std::count(view.object.begin(), view.object.end(), 1));
    // The points inside some part, in their order.
    std::vector<std::int32_t> ids;
    for (std::size_t i = 0; i < view.points.ids.size(); ++i) {
      const PixelIndex pixel = pixel_index(view.points.pixels[i]);
      if (inside(view.in_parts[0], pixel) || inside(view.in_parts[1], pixel))
        ids.push_back(view.points.ids[i]);
    }
    CHECK(std::equal(ids.begin(), ids.end(), shard.point_ids(v).begin(), shard.point_ids(v).end()));
  }
  CHECK(shard.shared_points(0, 1, 2) == shared_by_brute_force(content, 0, 1, 2));
  CHECK(shard.shared_points(0, 1, 2) == shard.shared_points(0, 2, 1));
  CHECK(shard.shared_points(1, 3, 3) > 0);

  write_shard(folder / "again", content);
  const SafetensorsFile first(folder / "first"), second(folder / "again");
  for (const auto& [name, tensor] : first.tensors())
    CHECK(std::ranges::equal(tensor.bytes, second.at(name).bytes));
}

TEST_CASE("shards: files of other formats and sizes are refused", "[shard]") {
  const tests::TemporaryFolder folder;
  const std::vector<float> values{1};
  write_safetensors(folder / "x", {{"rgb", TensorView::of<float>(values, {1})}});
  CHECK_THROWS_WITH(Shard(folder / "x"), Catch::Matchers::ContainsSubstring("funcorr-shard-1"));
  write_safetensors(folder / "y", {{"view", TensorView::of<float>(values, {1})}},
                    {{"format", "funcorr-shard-1"}, {"uid", "u"}, {"category", "c"}, {"parts", "[]"}});
  CHECK_THROWS_WITH(Shard(folder / "y"), Catch::Matchers::ContainsSubstring("\"view\""));
  ShardContent content = tests::make_content("a", {}, 1);
  content.views[0].in_parts.pop_back();
  CHECK_THROWS_AS(write_shard(folder / "z", content), std::invalid_argument);
  content = tests::make_content("a", {}, 1);
  content.views[0].points.pixels[0] = {0, kCropSize};
  CHECK_THROWS_AS(write_shard(folder / "z", content), std::invalid_argument);
}

}  // namespace funcorr
