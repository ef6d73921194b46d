#include "eval/matching/transport.h"

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <utility>

#include <ATen/ATen.h>

namespace funcorr {
namespace {

using at::Tensor;

constexpr int kIterations = 100;
constexpr std::int64_t kBlock = 4096;  // pixels at once that were not transported

// The pixels of a side on the device, and which of them are transported.
struct Side {
  Tensor features;  // [n, channels]
  Tensor mass;      // [n], double; those of the transported sum to 1
  Tensor chosen;    // [s] indices
  Tensor chosen_features() const { return features.index_select(0, chosen); }
  Tensor chosen_mass() const { return mass.index_select(0, chosen); }
};

Side side_of(const TransportSide& side, int channels, const at::Device& device, std::size_t most) {
  const auto width = static_cast<std::size_t>(channels);
  const std::size_t count = side.features->size() / width;
  if (count == 0 || side.features->size() % width != 0 || (side.mass && side.mass->size() != count))
    throw std::invalid_argument("transport: a side is empty, or sizes do not fit");
  const auto view = [](const std::vector<float>& values, at::IntArrayRef shape) {  // it is only read
    return at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat);
  };
  const auto rows = static_cast<std::int64_t>(count);
  const auto kept = static_cast<std::int64_t>(std::min(count, most));
  Side made;
  made.features = view(*side.features, {rows, channels}).to(device);
  made.chosen = (at::arange(kept, at::kLong) * rows).floor_divide(kept).to(device);
  const Tensor mass =
      side.mass ? view(*side.mass, {rows}).to(at::kDouble) : at::ones({rows}, at::TensorOptions(at::kDouble));
  made.mass = mass.to(device);
  made.mass = made.mass / made.chosen_mass().sum();
  return made;
}

// exp((s − dustbin) / temperature) of pixels a [n, channels] and b [m, channels]: [n, m]. Against it the
// dustbins' entries are 1.
struct Kernel {
  double temperature, dustbin;
  Tensor operator()(const Tensor& a, const Tensor& b) const {
    return ((at::mm(a, b.t()).to(at::kDouble) - dustbin) / temperature).exp();
  }
};

// Of every pixel, what flows into it where the other side's transported pixels and dustbin have these scales.
Tensor inflow(const Tensor& features, const Tensor& other, const Tensor& scale, const Tensor& bin,
              const Kernel& kernel) {
  std::vector<Tensor> blocks;
  for (std::int64_t first = 0; first < features.size(0); first += kBlock) {
    const Tensor block = features.narrow(0, first, std::min(kBlock, features.size(0) - first));
    blocks.push_back(at::mv(kernel(block, other), scale) + bin);
  }
  return at::cat(blocks);
}

std::vector<float> to_host(const Tensor& values) {
  const Tensor here = values.to(at::kFloat).to(at::kCPU).contiguous();
  return {here.data_ptr<float>(), here.data_ptr<float>() + here.numel()};
}

}  // namespace

TransportPlan transport(const TransportSide& side_a, const TransportSide& side_b, int channels,
                        double temperature, double dustbin, const std::string& device, std::size_t most) {
  const at::NoGradGuard no_gradients;
  const Side a = side_of(side_a, channels, at::Device(device), most),
             b = side_of(side_b, channels, at::Device(device), most);
  const Kernel kernel{temperature, dustbin};
  const Tensor features_a = a.chosen_features(), features_b = b.chosen_features();
  const Tensor mass_a = a.chosen_mass(), mass_b = b.chosen_mass();
  const Tensor flow = kernel(features_a, features_b);
  const Tensor back = flow.t();
  // Scales of pixels and dustbins; each dustbin can take all of the other side's mass, which is 1.
  Tensor of_b = at::ones_like(mass_b), bin_b = at::ones({}, mass_b.options());
  Tensor of_a, bin_a;
  for (int i = 0; i < kIterations; ++i) {
    of_a = mass_a / (at::mv(flow, of_b) + bin_b);
    bin_a = 1 / (of_b.sum() + bin_b);
    of_b = mass_b / (at::mv(back, of_a) + bin_a);
    bin_b = 1 / (of_a.sum() + bin_a);
  }
  const Tensor into_a = inflow(a.features, features_b, of_b, bin_b, kernel),
               into_b = inflow(b.features, features_a, of_a, bin_a, kernel);
  return {to_host((a.mass / into_a).log() * temperature), to_host((b.mass / into_b).log() * temperature),
          to_host(bin_b / into_a), to_host(bin_a / into_b)};
}

}  // namespace funcorr
