#include "eval/measurement/rows.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "eval/metric/results.h"

namespace funcorr {
namespace {

constexpr std::size_t kLeastVlmPixels = 16;

std::optional<CropMask> part_of(const RowKind& kind, const RowImage& image) {
  if (kind.needs_vlm_masks) return image.vlm_mask;
  if (!kind.uses_mask_head || image.mask_probability.empty()) return std::nullopt;
  CropMask part(image.mask_probability.size());
  std::transform(image.mask_probability.begin(), image.mask_probability.end(), part.begin(),
                 [](float probability) { return static_cast<std::uint8_t>(probability > 0.5F ? 1 : 0); });
  return part;
}

std::string at_threshold(const char* name, double threshold) {
  return fmt::format("{}@{:g}", name, threshold);
}

}  // namespace

RowKind row_kind(const std::string& row) {
  if (row == "chance") return {};
  if (row == "backbone") return {.needs_backbone = true};
  if (row == "sd") return {.needs_diffusion = true};
  if (row == "sd-dino") return {.needs_backbone = true, .needs_diffusion = true};
  if (row == "vlm+backbone") return {.needs_backbone = true, .needs_vlm_masks = true};
  if (row == "full") return {.needs_run = true, .uses_mask_head = true};
  if (row == "functional" || row == "spatial" || row == "full-no-mask") return {.needs_run = true};
  std::string known;
  for (const std::string& name : kRowNames) known += (known.empty() ? "" : ", ") + name;
  throw std::invalid_argument("unknown row \"" + row + "\"; known rows are " + known);
}

PairMatches predict_row(const std::string& row, const RowImage& image_1, const RowImage& image_2,
                        const std::vector<PixelPair>& truth, std::uint64_t seed) {
  const RowKind kind = row_kind(row);
  if (!kind.needs_backbone && !kind.needs_run && !kind.needs_diffusion) {
    Random random(seed);
    return match_by_chance(image_1.object, image_2.object, truth, random);
  }
  MatchingOptions options;
  if (kind.needs_vlm_masks) options.least_transfer_pixels = kLeastVlmPixels;
  return match_pair({&image_1.features, &image_1.object, part_of(kind, image_1)},
                    {&image_2.features, &image_2.object, part_of(kind, image_2)}, truth, options);
}

std::vector<NamedMetric> measure(const std::vector<PixelPair>& truth, const PairMatches& matches,
                                 const std::vector<double>& transfer_thresholds,
                                 const std::vector<double>& discovery_thresholds) {
  std::vector<NamedMetric> metrics;
  std::vector<PixelPair> directed = truth;
  for (int direction = 0; direction < 2; ++direction) {
    const DirectedMatches& found = matches[static_cast<std::size_t>(direction)];
    std::vector<Pixel> targets;
    for (const PixelPair& pair : directed) targets.push_back(pair.second);
    const TransferMetrics transfer = label_transfer(targets, found.transfer, transfer_thresholds);
    metrics.push_back({direction, "transfer.distance", transfer.normalized_distance});
    for (std::size_t t = 0; t < transfer_thresholds.size(); ++t)
      metrics.push_back({direction, at_threshold("transfer.pck", transfer_thresholds[t]), transfer.pck[t]});
    for (const DiscoveryMetrics& curve : discovery(directed, found.ranked, discovery_thresholds)) {
      metrics.push_back({direction, at_threshold("discovery.f1", curve.threshold), curve.best_f1});
      metrics.push_back({direction, at_threshold("discovery.ap", curve.threshold), curve.average_precision});
    }
    for (PixelPair& pair : directed) pair = swapped(pair);
  }
  return metrics;
}

}  // namespace funcorr
