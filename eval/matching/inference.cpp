#include "eval/matching/inference.h"

#include "db/dataset/crop.h"
#include "eval/metric/result_row.h"

namespace funcorr {

const OptionList<InferenceOptions>& InferenceOptions::options() {
  using I = InferenceOptions;
  static const OptionList<I> list{
      option("match", &I::match)
          .help(
              "a pixel's match: nearest (the most similar pixel), mutual (of those that lead back to it) or "
              "transport (by optimal transport with a dustbin)")
          .leaves_results(),
      option("mutual_px", &I::mutual_px)
          .range(0, kCropSize)
          .unit("crop px")
          .help("mutual: a match leads back if no farther than this from where it began")
          .leaves_results(),
      option("transport_temperature", &I::transport_temperature)
          .range(0.01, 10)
          .help("transport: what similarities are divided by; the losses' is 0.1")
          .leaves_results(),
      option("dustbin", &I::dustbin)
          .range(-1, 1)
          .help("transport: the similarity to the dustbin, which takes pixels without counterpart")
          .leaves_results(),
      option("part", &I::part)
          .help("the mask head's probability: cut (matches lie where it is above one half) or prior (it adds "
                "to similarities)")
          .leaves_results(),
      option("prior_weight", &I::prior_weight)
          .range(0, 10)
          .help("prior: what the probability's logarithm is multiplied by")
          .leaves_results(),
      option("soft_argmax", &I::soft_argmax_px)
          .range(0, kCropSize)
          .unit("crop px")
          .help(
              "a match moves to the mean place of the pixels this near to it, weighted by similarity; 0: it "
              "stays")
          .leaves_results(),
      option("soft_argmax_temperature", &I::soft_argmax_temperature)
          .range(0.001, 10)
          .help("soft_argmax: what similarities are divided by")
          .leaves_results(),
      option("shifts", &I::shifts)
          .range(1, 16)
          .help("the backbone sees every crop at so many fractions of a patch along each axis: 2 make a grid "
                "of 7 px of patches of 14, in 4 runs; not of Stable Diffusion's rows")
          .leaves_results(),
  };
  return list;
}

std::string InferenceOptions::suffix() const {
  const InferenceOptions paper;
  std::string suffix;
  for (const BoundOption<InferenceOptions>& one : options().options()) {
    const nlohmann::json value = one.read(*this);
    if (value == one.read(paper)) continue;
    suffix += kInferenceMark + one.described().name + "-" +
              (value.is_string() ? value.get<std::string>() : number_text(value.get<double>()));
  }
  return suffix;
}

}  // namespace funcorr
