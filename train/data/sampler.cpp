#include "train/data/sampler.h"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <utility>

#include "db/format/random.h"

namespace funcorr {
namespace {

enum class Kind : std::uint64_t { kFunctional = 1, kSpatial = 2 };

Random random_of(std::uint64_t seed, std::int64_t step, Kind kind, int slot) {
  std::uint64_t state = mix64(seed);
  state = mix64(state ^ static_cast<std::uint64_t>(step));
  state = mix64(state ^ (static_cast<std::uint64_t>(kind) << 32) ^ static_cast<std::uint64_t>(slot));
  return Random(state);
}

// One of the bits that are set.
int draw_bit(std::uint64_t bits, Random& random) {
  for (auto skip = random.below(static_cast<std::uint64_t>(std::popcount(bits))); skip > 0; --skip)
    bits &= bits - 1;
  return std::countr_zero(bits);
}

// The first `count` places in random order (partial Fisher–Yates); repeated from the start where there are
// fewer values. `values` must not be empty.
template <typename T>
void draw(std::vector<T>& values, std::size_t count, Random& random) {
  const std::size_t available = values.size();
  for (std::size_t i = 0; i < std::min(count, available); ++i)
    std::swap(values[i], values[i + random.below(available - i)]);
  values.resize(count);
  for (std::size_t i = available; i < count; ++i) values[i] = values[i - available];
}

std::vector<PixelIndex> draw_positive(const PixelMaskView& part, std::size_t count, Random& random) {
  std::vector<PixelIndex> pixels;
  part.append_pixels(pixels);
  draw(pixels, count, random);
  return pixels;
}

std::vector<PixelIndex> draw_negative(const PixelMaskView& object, const PixelMaskView& part,
                                      std::size_t count, Random& random) {
  std::vector<PixelIndex> pixels;
  object.append_without(part, pixels);
  if (pixels.size() < count) {
    pixels.clear();
    part.append_outside(pixels);
  }
  draw(pixels, count, random);
  return pixels;
}

// Pixels of the points that lie inside the part in both views, one per pixel of the first view.
std::vector<std::pair<PixelIndex, PixelIndex>> shared_pixels(const Shard& shard, int part, int view_1,
                                                             int view_2) {
  const auto ids_1 = shard.point_ids(view_1), ids_2 = shard.point_ids(view_2);
  const auto pixels_1 = shard.point_pixels(view_1), pixels_2 = shard.point_pixels(view_2);
  const PixelMaskView mask_1 = shard.part(part, view_1), mask_2 = shard.part(part, view_2);
  std::vector<bool> taken(kCropPixels, false);
  std::vector<std::pair<PixelIndex, PixelIndex>> pairs;
  for (std::size_t i = 0, j = 0; i < ids_1.size() && j < ids_2.size();) {
    if (ids_1[i] != ids_2[j]) {
      ids_1[i] < ids_2[j] ? ++i : ++j;
      continue;
    }
    const PixelIndex a = pixels_1[i++], b = pixels_2[j++];
    if (a >= kCropPixels || b >= kCropPixels)
      throw std::runtime_error(shard.file().string() + ": a point lies outside of the image");
    if (taken[a] || !mask_1.at(a) || !mask_2.at(b)) continue;
    taken[a] = true;
    pairs.push_back({a, b});
  }
  return pairs;
}

}  // namespace

const OptionList<BatchShape>& BatchShape::options() {
  static const OptionList<BatchShape> list{
      option("pairs", &BatchShape::functional_pairs).range(1, 100'000).help("functional pairs of a batch"),
      option("spatial_pairs", &BatchShape::spatial_pairs).range(1, 100'000).help("spatial pairs of a batch"),
      option("points", &BatchShape::points)
          .range(2, 50'000)
          .unit("px")
          .help("positive and negative pixels of an image")};
  return list;
}

int BatchDraw::cross_category_pairs(const TrainingSet& set) const {
  int count = 0;
  for (const FunctionalSample& pair : functional)
    count += set.shard(pair.image_1.shard).category() != set.shard(pair.image_2.shard).category();
  return count;
}

Sampler::Sampler(const TrainingSet& set, const BatchShape& shape, std::uint64_t seed)
    : set_(set), shape_(shape), seed_(seed) {
  if (shape.functional_pairs > 0 && set.kept_functions().empty())
    throw std::runtime_error("no function has enough views with part masks to draw pairs from");
  if (shape.spatial_pairs > 0 && set.spatial_items().empty())
    throw std::runtime_error("no two views of an object share enough points of a part to draw pairs from");
}

FunctionalSample Sampler::functional(std::int64_t step, int slot) const {
  Random random = random_of(seed_, step, Kind::kFunctional, slot);
  FunctionalSample sample;
  sample.function = set_.kept_functions()[random.below(set_.kept_functions().size())];
  const auto& items = set_.items(sample.function);
  const std::uint64_t first = random.below(items.size());
  std::uint64_t second = random.below(items.size() - 1);
  if (second >= first) ++second;
  const auto points = static_cast<std::size_t>(shape_.points);
  const auto draw_side = [&](const FunctionalItem& item, ImageDraw& image, int& part,
                             std::vector<PixelIndex>& positive, std::vector<PixelIndex>& negative) {
    image = {item.shard, item.view, random.next()};
    part = draw_bit(item.parts, random);
    const Shard& shard = set_.shard(item.shard);
    const PixelMaskView mask = shard.part(part, item.view);
    positive = draw_positive(mask, points, random);
    negative = draw_negative(shard.object(item.view), mask, points, random);
  };
  draw_side(items[first], sample.image_1, sample.part_1, sample.positive_1, sample.negative_1);
  draw_side(items[second], sample.image_2, sample.part_2, sample.positive_2, sample.negative_2);
  return sample;
}

SpatialSample Sampler::spatial(std::int64_t step, int slot) const {
  Random random = random_of(seed_, step, Kind::kSpatial, slot);
  const SpatialItem& item = set_.spatial_items()[random.below(set_.spatial_items().size())];
  SpatialSample sample;
  sample.image_1 = {item.shard, item.view_1, random.next()};
  sample.image_2 = {item.shard, item.view_2, random.next()};
  if (random.below(2) == 1) std::swap(sample.image_1, sample.image_2);
  sample.part = draw_bit(item.parts, random);
  const auto& functions = set_.functions_of(item.shard, sample.part);
  sample.function = functions[random.below(functions.size())];
  auto pairs = shared_pixels(set_.shard(item.shard), sample.part, sample.image_1.view, sample.image_2.view);
  draw(pairs, static_cast<std::size_t>(shape_.points), random);
  for (const auto& [first, second] : pairs) {
    sample.pixels_1.push_back(first);
    sample.pixels_2.push_back(second);
  }
  return sample;
}

BatchDraw Sampler::batch(std::int64_t step, int rank, int stride) const {
  BatchDraw batch;
  for (int slot = rank; slot < shape_.functional_pairs; slot += stride)
    batch.functional.push_back(functional(step, slot));
  for (int slot = rank; slot < shape_.spatial_pairs; slot += stride)
    batch.spatial.push_back(spatial(step, slot));
  return batch;
}

}  // namespace funcorr
