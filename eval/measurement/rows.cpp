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
  if (kind.is_told_parts()) return image.told_part;
  return kind.uses_mask_head ? image.embedded.part : std::nullopt;
}

MatchingSide side_of(const RowKind& kind, const RowImage& image) {
  const std::vector<float>& probability = image.embedded.part_probability;
  return {&image.embedded.features, &image.object, part_of(kind, image),
          kind.uses_mask_head && !probability.empty() ? &probability : nullptr};
}

std::string at_threshold(const char* name, double threshold) {
  return fmt::format("{}@{:g}", name, threshold);
}

}  // namespace

RowKind row_kind(ResultRow row) {
  switch (row) {
    case ResultRow::kChance:
      return {};
    case ResultRow::kBackbone:
      return {.needs_backbone = true};
    case ResultRow::kDiffusion:
      return {.needs_diffusion = true};
    case ResultRow::kSdDino:
      return {.needs_backbone = true, .needs_diffusion = true};
    case ResultRow::kVlmBackbone:
      return {.needs_backbone = true, .needs_boxes = BoxSubject::kPart};
    case ResultRow::kVlmFunctionBackbone:
      return {.needs_backbone = true, .needs_boxes = BoxSubject::kFunction};
    case ResultRow::kFusedBackbone:
      return {.needs_backbone = true, .needs_masks = true};
    case ResultRow::kFull:
      return {.needs_run = true, .uses_mask_head = true};
    case ResultRow::kFunctional:
    case ResultRow::kSpatial:
    case ResultRow::kFullNoMask:
      return {.needs_run = true};
  }
  return {};
}

std::string run_of_results(ResultRow row, const std::string& run, const std::string& vlm) {
  if (row_kind(row).needs_boxes) return vlm;
  return row_kind(row).needs_run && run != to_string(row) ? run : std::string();
}

PairMatches predict_row(ResultRow row, const RowImage& image_1, const RowImage& image_2,
                        const std::vector<PixelPair>& truth, std::uint64_t seed,
                        const InferenceOptions& inference) {
  const RowKind kind = row_kind(row);
  if (!kind.needs_model()) {
    Random random(seed);
    return match_by_chance(image_1.object, image_2.object, truth, random);
  }
  MatchingOptions options{.inference = inference};
  if (kind.is_told_parts()) options.least_transfer_pixels = kLeastVlmPixels;
  return match_pair(side_of(kind, image_1), side_of(kind, image_2), truth, options);
}

const OptionList<MetricThresholds>& MetricThresholds::options() {
  static const OptionList<MetricThresholds> list{
      option("transfer_thresholds", &MetricThresholds::transfer)
          .range(0, kCropSize)
          .unit("px")
          .help("distances k within which label transfer counts as right, for PCK@k"),
      option("discovery_thresholds", &MetricThresholds::discovery)
          .range(0, kCropSize)
          .unit("px")
          .help("distances k within which both ends of a discovered pair count as right, for F1@k and AP@k"),
  };
  return list;
}

std::vector<NamedMetric> measure(const std::vector<PixelPair>& truth, const PairMatches& matches,
                                 const MetricThresholds& thresholds) {
  std::vector<NamedMetric> metrics;
  std::vector<PixelPair> directed = truth;
  for (int direction = 0; direction < 2; ++direction) {
    const DirectedMatches& found = matches[static_cast<std::size_t>(direction)];
    std::vector<Pixel> targets;
    for (const PixelPair& pair : directed) targets.push_back(pair.second);
    const TransferMetrics transfer = label_transfer(targets, found.transfer, thresholds.transfer);
    metrics.push_back({direction, "transfer.distance", transfer.normalized_distance});
    for (std::size_t t = 0; t < thresholds.transfer.size(); ++t)
      metrics.push_back({direction, at_threshold("transfer.pck", thresholds.transfer[t]), transfer.pck[t]});
    for (const DiscoveryMetrics& curve : discovery(directed, found.ranked, thresholds.discovery)) {
      metrics.push_back({direction, at_threshold("discovery.f1", curve.threshold), curve.best_f1});
      metrics.push_back({direction, at_threshold("discovery.ap", curve.threshold), curve.average_precision});
    }
    for (PixelPair& pair : directed) pair = swapped(pair);
  }
  return metrics;
}

}  // namespace funcorr
