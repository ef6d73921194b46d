#include "eval/matching/region_matches.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <ATen/Parallel.h>

#include "db/dataset/crop.h"
#include "eval/matching/mutual_matches.h"
#include "eval/matching/transport.h"

namespace funcorr {
namespace {

constexpr float kLeastProbability = 1e-3F;  // whose logarithm counts: no pixel is ruled out

// What is added to similarities for each region's pixels; empty: nothing.
struct Biases {
  std::vector<float> a, b;
  std::vector<float> binned_a, binned_b;  // by transport; else empty
};

float dot(const float* a, const float* b, std::size_t channels) {
  constexpr std::size_t kLanes = 16;  // independent sums, which the compiler vectorises
  std::array<float, kLanes> lanes{};
  std::size_t c = 0;
  for (; c + kLanes <= channels; c += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += a[c + lane] * b[c + lane];
  float sum = std::accumulate(lanes.begin(), lanes.end(), 0.0F);
  for (; c < channels; ++c) sum += a[c] * b[c];
  return sum;
}

float value_at(const std::vector<float>& values, std::size_t at) { return values.empty() ? 0 : values[at]; }

bool has_prior(const RegionPixels& region, const InferenceOptions& options) {
  return options.part == PartRule::kPrior && !region.probability.empty();
}

std::vector<float> at_least(const std::vector<float>& probability) {
  std::vector<float> values = probability;
  for (float& value : values) value = std::max(value, kLeastProbability);
  return values;
}

std::vector<float> prior_of(const RegionPixels& region, const InferenceOptions& options) {
  if (!has_prior(region, options)) return {};
  std::vector<float> prior = at_least(region.probability);
  for (float& value : prior) value = static_cast<float>(options.prior_weight) * std::log(value);
  return prior;
}

Biases biases_of(const RegionPixels& a, const RegionPixels& b, int channels, const InferenceOptions& options,
                 const std::string& device) {
  if (options.match != MatchRule::kTransport) return {prior_of(a, options), prior_of(b, options), {}, {}};
  // Here the probability is the pixel's mass.
  const std::vector<float> mass_a = at_least(a.probability), mass_b = at_least(b.probability);
  TransportPlan plan = transport({&a.features, has_prior(a, options) ? &mass_a : nullptr},
                                 {&b.features, has_prior(b, options) ? &mass_b : nullptr}, channels,
                                 options.transport_temperature, options.dustbin, device);
  return {std::move(plan.bias_a), std::move(plan.bias_b), std::move(plan.binned_a), std::move(plan.binned_b)};
}

// Features with two channels more, so that the dot product of an `a` and a `b` is s_ij + bias_i + bias_j.
std::vector<float> with_bias(const std::vector<float>& features, int channels, const std::vector<float>& bias,
                             bool is_first) {
  const auto width = static_cast<std::size_t>(channels);
  std::vector<float> wider;
  wider.reserve(features.size() / width * (width + 2));
  for (std::size_t row = 0; row * width < features.size(); ++row) {
    const auto begin = features.begin() + static_cast<std::ptrdiff_t>(row * width);
    wider.insert(wider.end(), begin, begin + channels);
    const float own = value_at(bias, row);
    wider.insert(wider.end(), {is_first ? own : 1.0F, is_first ? 1.0F : own});
  }
  return wider;
}

// Pixels of the crop by their place.
class Grid {
 public:
  explicit Grid(const std::vector<Pixel>& pixels) : index_(kCropPixels, -1) {
    for (std::size_t i = 0; i < pixels.size(); ++i)
      index_[crop_index(pixels[i])] = static_cast<std::int32_t>(i);
  }
  // visit(index, pixel) for every one of them within the radius, row by row.
  template <typename Visit>
  void for_each_near(const Pixel& centre, double radius_px, const Visit& visit) const {
    const auto reach = static_cast<std::int32_t>(radius_px);
    for (std::int32_t y = std::max(0, centre.y - reach); y <= std::min(kCropSize - 1, centre.y + reach); ++y)
      for (std::int32_t x = std::max(0, centre.x - reach); x <= std::min(kCropSize - 1, centre.x + reach);
           ++x) {
        const Pixel pixel{x, y};
        if (static_cast<double>(squared_distance(pixel, centre)) > radius_px * radius_px) continue;
        if (const std::int32_t index = index_[crop_index(pixel)]; index >= 0) visit(index, pixel);
      }
  }

 private:
  std::vector<std::int32_t> index_;  // [kCropPixels], −1: none
};

// One direction of the matches: from a source's pixels to a target's.
struct Direction {
  const RegionPixels &source, &target;
  const std::vector<float>&bias_source, &bias_target;
  std::size_t channels;

  float similarity(std::size_t i, std::size_t j) const {
    return dot(&source.features[i * channels], &target.features[j * channels], channels);
  }
  // What matches of pixel i are compared by.
  float value(std::size_t i, std::size_t j) const { return similarity(i, j) + value_at(bias_target, j); }
  PixelMatch match(std::size_t i, std::size_t j) const {
    return {static_cast<std::int32_t>(j), similarity(i, j),
            value_at(bias_source, i) + value_at(bias_target, j), true};
  }
  template <typename Refine>  // refine(i, match) → index of the match
  void refine(std::vector<PixelMatch>& matches, const Refine& refined) const {
    at::parallel_for(
        0, static_cast<std::int64_t>(matches.size()), 64, [&](std::int64_t begin, std::int64_t end) {
          for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
            const bool is_matched = matches[i].is_matched;
            matches[i] = match(i, refined(i, static_cast<std::size_t>(matches[i].index)));
            matches[i].is_matched = is_matched;
          }
        });
  }
};

// `back`: the target's nearest pixels of the source. A pixel that none leads back to keeps its match.
void make_mutual(const Direction& direction, const std::vector<PixelMatch>& back, double radius_px,
                 std::vector<PixelMatch>& matches) {
  std::vector<std::vector<std::int32_t>> leading_to(direction.source.pixels.size());
  for (std::size_t j = 0; j < back.size(); ++j)
    leading_to[static_cast<std::size_t>(back[j].index)].push_back(static_cast<std::int32_t>(j));
  const Grid grid(direction.source.pixels);
  direction.refine(matches, [&](std::size_t i, std::size_t nearest) {
    std::int32_t best = -1;
    float highest = 0;
    grid.for_each_near(direction.source.pixels[i], radius_px, [&](std::int32_t near, const Pixel&) {
      for (const std::int32_t j : leading_to[static_cast<std::size_t>(near)]) {
        const float value = direction.value(i, static_cast<std::size_t>(j));
        if (best >= 0 && (value < highest || (value == highest && j > best))) continue;
        best = j;
        highest = value;
      }
    });
    return best < 0 ? nearest : static_cast<std::size_t>(best);
  });
}

// To the pixel of the region that is nearest to the mean place.
void soften(const Direction& direction, const InferenceOptions& options, std::vector<PixelMatch>& matches) {
  const Grid grid(direction.target.pixels);
  const std::vector<Pixel>& pixels = direction.target.pixels;
  direction.refine(matches, [&](std::size_t i, std::size_t best) {
    const auto highest = static_cast<double>(direction.value(i, best));
    double sum = 0, x = 0, y = 0;
    grid.for_each_near(pixels[best], options.soft_argmax_px, [&](std::int32_t j, const Pixel& pixel) {
      const auto value = static_cast<double>(direction.value(i, static_cast<std::size_t>(j)));
      const double weight = std::exp((value - highest) / options.soft_argmax_temperature);
      sum += weight;
      x += weight * pixel.x;
      y += weight * pixel.y;
    });
    std::size_t found = best;
    double least = std::hypot(pixels[best].x - x / sum, pixels[best].y - y / sum);
    grid.for_each_near(pixels[best], options.soft_argmax_px, [&](std::int32_t j, const Pixel& pixel) {
      const double distance = std::hypot(pixel.x - x / sum, pixel.y - y / sum);
      if (distance >= least) return;
      least = distance;
      found = static_cast<std::size_t>(j);
    });
    return found;
  });
}

std::vector<PixelMatch> matches_of(const std::vector<std::int32_t>& indices, const std::vector<float>& values,
                                   const std::vector<float>& bias, const std::vector<float>& bias_other,
                                   const std::vector<float>& binned) {
  std::vector<PixelMatch> matches;
  matches.reserve(indices.size());
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const float added = value_at(bias, i) + value_at(bias_other, static_cast<std::size_t>(indices[i]));
    matches.push_back({indices[i], values[i] - added, added, value_at(binned, i) <= 0.5F});
  }
  return matches;
}

}  // namespace

RegionMatches match_regions(const RegionPixels& a, const RegionPixels& b, int channels,
                            const InferenceOptions& options, const std::string& device, bool both) {
  const Biases biases = biases_of(a, b, channels, options, device);
  const bool is_mutual = options.match == MatchRule::kMutual, needs_both = both || is_mutual;
  const bool is_biased = !biases.a.empty() || !biases.b.empty();
  const MutualMatches found =
      is_biased
          ? match_mutually(with_bias(a.features, channels, biases.a, true),
                           with_bias(b.features, channels, biases.b, false), channels + 2, needs_both, device)
          : match_mutually(a.features, b.features, channels, needs_both, device);
  RegionMatches matches{matches_of(found.b_of_a, found.similarity_of_a, biases.a, biases.b, biases.binned_a),
                        matches_of(found.a_of_b, found.similarity_of_b, biases.b, biases.a, biases.binned_b)};
  const auto width = static_cast<std::size_t>(channels);
  const Direction there{a, b, biases.a, biases.b, width}, back{b, a, biases.b, biases.a, width};
  if (is_mutual) {
    const RegionMatches nearest = matches;
    make_mutual(there, nearest[1], options.mutual_px, matches[0]);
    if (both) make_mutual(back, nearest[0], options.mutual_px, matches[1]);
  }
  if (!both) matches[1].clear();
  if (options.soft_argmax_px > 0) {
    soften(there, options, matches[0]);
    soften(back, options, matches[1]);
  }
  return matches;
}

}  // namespace funcorr
