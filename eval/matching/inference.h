#pragma once

#include <array>
#include <string>
#include <tuple>

#include "db/format/members.h"
#include "db/format/named_enum.h"
#include "db/format/options.h"

namespace funcorr {

// How the match of a pixel is chosen among the other image's.
enum class MatchRule {
  kNearest,    // the most similar one, as the paper does
  kMutual,     // the most similar one of those whose own most similar pixel is this one, or near to it
  kTransport,  // the one that optimal transport sends most of the pixel's mass to (transport.h)
};
constexpr auto names_of(MatchRule) {
  return std::to_array<EnumName<MatchRule>>({{MatchRule::kNearest, "nearest"},
                                             {MatchRule::kMutual, "mutual"},
                                             {MatchRule::kTransport, "transport"}});
}

// What becomes of the mask head's probability.
enum class PartRule {
  kCut,    // matches lie where it is above one half, as the paper does
  kPrior,  // they lie anywhere on the object, by similarity + weight · log(probability)
};
constexpr auto names_of(PartRule) {
  return std::to_array<EnumName<PartRule>>({{PartRule::kCut, "cut"}, {PartRule::kPrior, "prior"}});
}

// How matches are read off what a model knows of two crops. The defaults are the paper's.
struct InferenceOptions {
  MatchRule match = MatchRule::kNearest;
  double mutual_px = 7;                // mutual: how near
  double transport_temperature = 0.1;  // transport: of similarities
  double dustbin = 0.5;                // transport: similarity of what has no counterpart
  PartRule part = PartRule::kCut;
  double prior_weight = 0.1;  // prior: the losses' temperature makes it Bayes' rule
  double soft_argmax_px = 0;  // radius about the match whose mean is taken; 0: none
  double soft_argmax_temperature = 0.05;
  int shifts = 1;  // PredictorOptions::shifts

  friend bool operator==(const InferenceOptions&, const InferenceOptions&) = default;
  // What differs from the paper's, after a row's name: "~match-mutual~shifts-2"; empty where nothing does.
  std::string suffix() const;
  static constexpr auto members() {
    using I = InferenceOptions;
    return std::tuple{member("match", &I::match),
                      member("mutual_px", &I::mutual_px),
                      member("transport_temperature", &I::transport_temperature),
                      member("dustbin", &I::dustbin),
                      member("part", &I::part),
                      member("prior_weight", &I::prior_weight),
                      member("soft_argmax_px", &I::soft_argmax_px),
                      member("soft_argmax_temperature", &I::soft_argmax_temperature),
                      member("shifts", &I::shifts)};
  }
  static const OptionList<InferenceOptions>& options();
};

}  // namespace funcorr
