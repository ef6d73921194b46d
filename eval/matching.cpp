#include "eval/matching.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "eval/metrics.h"

namespace funcorr {
namespace {

constexpr std::size_t kCropPixels = static_cast<std::size_t>(kCropSize) * kCropSize;
constexpr std::size_t kBlockFloats = 24'000'000;  // similarities held at once
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

// Folds one row of similarities into the best row per column.
void update_columns(const float* values, std::int32_t row, MutualMatches& found) {
  float* best = found.similarity_of_b.data();
  std::int32_t* best_row = found.a_of_b.data();
  const std::size_t m = found.a_of_b.size();
  for (std::size_t j = 0; j < m; ++j) {
    const bool better = values[j] > best[j];
    best[j] = better ? values[j] : best[j];
    best_row[j] = better ? row : best_row[j];
  }
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
  const std::size_t n = a.size() / width, m = b.size() / width;
  if (n == 0 || m == 0) throw std::invalid_argument("matching: nothing to match");
  MutualMatches found;
  found.b_of_a.resize(n);
  found.similarity_of_a.resize(n);
  if (both) {
    found.a_of_b.assign(m, 0);
    found.similarity_of_b.assign(m, kLowest);
  }
  const auto matrix = [&](const float* data, std::size_t rows) {  // a view: mm does not write to it
    return at::from_blob(const_cast<float*>(data), {static_cast<std::int64_t>(rows), channels}, at::kFloat);
  };
  const at::Tensor columns = matrix(b.data(), m).t();
  const std::size_t block = std::max<std::size_t>(1, kBlockFloats / m);
  for (std::size_t begin = 0; begin < n; begin += block) {
    const std::size_t rows = std::min(block, n - begin);
    const at::Tensor similarity = at::mm(matrix(a.data() + begin * width, rows), columns).contiguous();
    const float* values = similarity.data_ptr<float>();
    for (std::size_t r = 0; r < rows; ++r) {
      const float* row = values + r * m;
      const std::size_t best = argmax(row, m);
      found.b_of_a[begin + r] = static_cast<std::int32_t>(best);
      found.similarity_of_a[begin + r] = row[best];
      if (both) update_columns(row, static_cast<std::int32_t>(begin + r), found);
    }
  }
  return found;
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
