#include "eval/matching/matching.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "eval/metric/metrics.h"

namespace funcorr {
namespace {

constexpr std::size_t kCropPixels = static_cast<std::size_t>(kCropSize) * kCropSize;
// Similarities held at once: 8 MB, which stay in the cache from the product to the search.
constexpr std::int64_t kTileRows = 1024, kTileColumns = 2048;
constexpr float kLowest = std::numeric_limits<float>::lowest();

// First index of the largest value.
std::size_t argmax(const float* values, std::size_t n) {
  constexpr std::size_t kLanes = 16;  // independent maxima, which the compiler vectorises
  std::array<float, kLanes> lanes;
  lanes.fill(kLowest);
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      lanes[lane] = values[i + lane] > lanes[lane] ? values[i + lane] : lanes[lane];
  float best = *std::max_element(lanes.begin(), lanes.end());
  for (; i < n; ++i) best = std::max(best, values[i]);
  const auto at = static_cast<std::size_t>(std::find(values, values + n, best) - values);
  return at < n ? at : 0;  // only where every value is NaN
}

// The best match of each point found so far.
struct BestMatches {
  explicit BestMatches(std::size_t points) : index(points, 0), similarity(points, kLowest) {}
  std::vector<std::int32_t> index;
  std::vector<float> similarity;
};

// Similarities of the rows first_row… with the columns first_column….
struct Tile {
  const float* values;
  std::int64_t first_row, rows, first_column, columns;
  const float* row(std::int64_t r) const { return values + r * columns; }
};

void update_rows(const Tile& tile, BestMatches& best) {
  at::parallel_for(0, tile.rows, 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const float* row = tile.row(r);
      const std::size_t at = argmax(row, static_cast<std::size_t>(tile.columns));
      const auto point = static_cast<std::size_t>(tile.first_row + r);
      if (!(row[at] > best.similarity[point])) continue;
      best.similarity[point] = row[at];
      best.index[point] = static_cast<std::int32_t>(tile.first_column + static_cast<std::int64_t>(at));
    }
  });
}

void update_columns(const Tile& tile, BestMatches& best) {
  at::parallel_for(0, tile.columns, 256, [&](std::int64_t begin, std::int64_t end) {
    float* similarity = best.similarity.data() + tile.first_column;
    std::int32_t* index = best.index.data() + tile.first_column;
    for (std::int64_t r = 0; r < tile.rows; ++r) {
      const float* row = tile.row(r);
      const auto point = static_cast<std::int32_t>(tile.first_row + r);
      for (std::int64_t c = begin; c < end; ++c) {
        const bool better = row[c] > similarity[c];
        similarity[c] = better ? row[c] : similarity[c];
        index[c] = better ? point : index[c];
      }
    }
  });
}

// Rows of the features at the given pixels: [n, channels].
std::vector<float> gather(const DenseFeatures& features, const std::vector<Pixel>& pixels) {
  const auto channels = static_cast<std::size_t>(features.channels);
  std::vector<float> rows(pixels.size() * channels);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const auto at = static_cast<std::size_t>(pixels[i].y * kCropSize + pixels[i].x) * channels;
    std::copy_n(features.values.begin() + static_cast<std::ptrdiff_t>(at), channels,
                rows.begin() + static_cast<std::ptrdiff_t>(i * channels));
  }
  return rows;
}

CropMask inside(const CropMask& object, const CropMask& part, bool wanted) {
  CropMask mask(object.size());
  for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = object[i] && (part[i] != 0) == wanted ? 1 : 0;
  return mask;
}

void check_side(const MatchingSide& side, const char* which) {
  const auto fail = [&](const std::string& what) {
    throw std::invalid_argument(std::string("matching, image ") + which + ": " + what);
  };
  if (side.object->size() != kCropPixels || (side.part && side.part->size() != kCropPixels))
    fail("masks must have 224·224 pixels");
  if (side.features->channels <= 0 ||
      side.features->values.size() != kCropPixels * static_cast<std::size_t>(side.features->channels))
    fail("features must be [224·224, channels]");
  if (count_pixels(*side.object) == 0) fail("the object mask is empty");
}

std::vector<Pixel> transfer(const MatchingSide& source, const MatchingSide& target,
                            const std::vector<Pixel>& queries, std::size_t least_part_pixels) {
  std::vector<Pixel> region;
  if (target.part) region = pixels_of(inside(*target.object, *target.part, true));
  if (region.size() < std::max<std::size_t>(1, least_part_pixels)) region = pixels_of(*target.object);
  std::vector<Pixel> predicted;
  if (queries.empty()) return predicted;
  const MutualMatches found = match_mutually(
      gather(*source.features, queries), gather(*target.features, region), source.features->channels, false);
  for (const std::int32_t best : found.b_of_a) predicted.push_back(region[static_cast<std::size_t>(best)]);
  return predicted;
}

// Cycle matches in both directions between a region of image 1 and one of image 2.
struct RegionCycles {
  std::vector<CycleMatch> forward, backward;
};
std::vector<CycleMatch> cycles(const std::vector<Pixel>& source, const std::vector<Pixel>& target,
                               const std::vector<std::int32_t>& there, const std::vector<std::int32_t>& back,
                               const std::vector<float>& similarity) {
  std::vector<CycleMatch> matches;
  for (std::size_t i = 0; i < source.size(); ++i) {
    const auto j = static_cast<std::size_t>(there[i]);
    matches.push_back({{source[i], target[j]}, source[static_cast<std::size_t>(back[j])], similarity[i]});
  }
  return matches;
}
RegionCycles match_region(const MatchingSide& image_1, const MatchingSide& image_2, const CropMask& region_1,
                          const CropMask& region_2) {
  const std::vector<Pixel> pixels_1 = pixels_of(region_1), pixels_2 = pixels_of(region_2);
  const MutualMatches found = match_mutually(gather(*image_1.features, pixels_1),
                                             gather(*image_2.features, pixels_2), image_1.features->channels);
  return {cycles(pixels_1, pixels_2, found.b_of_a, found.a_of_b, found.similarity_of_a),
          cycles(pixels_2, pixels_1, found.a_of_b, found.b_of_a, found.similarity_of_b)};
}

// Foreground first; both lists are of one direction.
std::vector<PixelPair> rank(std::vector<CycleMatch> foreground, const std::vector<CycleMatch>& background) {
  std::vector<bool> is_foreground(foreground.size(), true);
  is_foreground.resize(foreground.size() + background.size(), false);
  foreground.insert(foreground.end(), background.begin(), background.end());
  return rank_by_cycle(foreground, is_foreground);
}

std::array<std::vector<PixelPair>, 2> discover(const MatchingSide& image_1, const MatchingSide& image_2,
                                               std::size_t least_pixels) {
  if (image_1.part && image_2.part) {
    const CropMask part_1 = inside(*image_1.object, *image_1.part, true);
    const CropMask part_2 = inside(*image_2.object, *image_2.part, true);
    const CropMask rest_1 = inside(*image_1.object, *image_1.part, false);
    const CropMask rest_2 = inside(*image_2.object, *image_2.part, false);
    const auto large = [&](const CropMask& mask) {
      return count_pixels(mask) >= std::max<std::size_t>(1, least_pixels);
    };
    if (large(part_1) && large(part_2) && large(rest_1) && large(rest_2)) {
      const RegionCycles part = match_region(image_1, image_2, part_1, part_2);
      const RegionCycles rest = match_region(image_1, image_2, rest_1, rest_2);
      return {rank(part.forward, rest.forward), rank(part.backward, rest.backward)};
    }
  }
  const RegionCycles whole = match_region(image_1, image_2, *image_1.object, *image_2.object);
  return {rank_by_cycle(whole.forward), rank_by_cycle(whole.backward)};
}

std::vector<Pixel> firsts(const std::vector<PixelPair>& pairs) {
  std::vector<Pixel> pixels;
  for (const PixelPair& pair : pairs) pixels.push_back(pair.first);
  return pixels;
}
std::vector<Pixel> seconds(const std::vector<PixelPair>& pairs) {
  std::vector<Pixel> pixels;
  for (const PixelPair& pair : pairs) pixels.push_back(pair.second);
  return pixels;
}

Pixel pick(const std::vector<Pixel>& pixels, Random& random) {
  return pixels[static_cast<std::size_t>(random.below(pixels.size()))];
}

DirectedMatches chance(const std::vector<Pixel>& source, const std::vector<Pixel>& target,
                       std::size_t queries, Random& random) {
  DirectedMatches matches;
  for (std::size_t i = 0; i < queries; ++i) matches.transfer.push_back(pick(target, random));
  for (const Pixel& pixel : source) matches.ranked.push_back({pixel, pick(target, random)});
  for (std::size_t i = matches.ranked.size(); i > 1; --i)
    std::swap(matches.ranked[i - 1], matches.ranked[static_cast<std::size_t>(random.below(i))]);
  return matches;
}

}  // namespace

std::size_t count_pixels(const CropMask& mask) {
  return static_cast<std::size_t>(
      std::count_if(mask.begin(), mask.end(), [](std::uint8_t value) { return value != 0; }));
}

std::vector<Pixel> pixels_of(const CropMask& mask) {
  std::vector<Pixel> pixels;
  for (std::int32_t y = 0; y < kCropSize; ++y)
    for (std::int32_t x = 0; x < kCropSize; ++x)
      if (mask[static_cast<std::size_t>(y * kCropSize + x)]) pixels.push_back({x, y});
  return pixels;
}

MutualMatches match_mutually(const std::vector<float>& a, const std::vector<float>& b, int channels,
                             bool both) {
  const auto width = static_cast<std::size_t>(channels);
  if (a.size() < width || b.size() < width) throw std::invalid_argument("matching: nothing to match");
  const auto matrix = [&](const std::vector<float>& values) {  // a view: mm does not write to it
    return at::from_blob(const_cast<float*>(values.data()),
                         {static_cast<std::int64_t>(values.size() / width), channels}, at::kFloat);
  };
  const at::Tensor rows = matrix(a), columns = matrix(b);
  BestMatches best_of_a(a.size() / width), best_of_b(both ? b.size() / width : 0);
  const at::Tensor buffer = at::empty({kTileRows * kTileColumns}, at::kFloat);
  for (std::int64_t first_row = 0; first_row < rows.size(0); first_row += kTileRows)
    for (std::int64_t first_column = 0; first_column < columns.size(0); first_column += kTileColumns) {
      const Tile tile{buffer.data_ptr<float>(), first_row, std::min(kTileRows, rows.size(0) - first_row),
                      first_column, std::min(kTileColumns, columns.size(0) - first_column)};
      at::Tensor similarity = buffer.narrow(0, 0, tile.rows * tile.columns).view({tile.rows, tile.columns});
      at::mm_out(similarity, rows.narrow(0, first_row, tile.rows),
                 columns.narrow(0, first_column, tile.columns).t());
      update_rows(tile, best_of_a);
      if (both) update_columns(tile, best_of_b);
    }
  return {std::move(best_of_a.index), std::move(best_of_b.index), std::move(best_of_a.similarity),
          std::move(best_of_b.similarity)};
}

PairMatches match_pair(const MatchingSide& image_1, const MatchingSide& image_2,
                       const std::vector<PixelPair>& truth, const MatchingOptions& options) {
  check_side(image_1, "1");
  check_side(image_2, "2");
  if (image_1.features->channels != image_2.features->channels)
    throw std::invalid_argument("matching: the images have features of different width");
  PairMatches matches;
  matches[0].transfer = transfer(image_1, image_2, firsts(truth), options.least_transfer_pixels);
  matches[1].transfer = transfer(image_2, image_1, seconds(truth), options.least_transfer_pixels);
  auto ranked = discover(image_1, image_2, options.least_discovery_pixels);
  matches[0].ranked = std::move(ranked[0]);
  matches[1].ranked = std::move(ranked[1]);
  return matches;
}

PairMatches match_by_chance(const CropMask& object_1, const CropMask& object_2,
                            const std::vector<PixelPair>& truth, Random& random) {
  const std::vector<Pixel> pixels_1 = pixels_of(object_1), pixels_2 = pixels_of(object_2);
  if (pixels_1.empty() || pixels_2.empty()) throw std::invalid_argument("matching: an object mask is empty");
  return {chance(pixels_1, pixels_2, truth.size(), random), chance(pixels_2, pixels_1, truth.size(), random)};
}

void set_matching_threads(int threads) { at::set_num_threads(threads); }

}  // namespace funcorr
