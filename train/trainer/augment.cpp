#include "train/trainer/augment.h"

#include <numbers>

#include "db/dataset/pixel_mask.h"

namespace funcorr {
namespace {

using torch::Tensor;

// Bits [B, kMaskBytes] → [B, 1, kCropSize, kCropSize] bool.
Tensor unpack(const Tensor& bits) {
  const Tensor shifts = torch::arange(8, bits.options());
  const Tensor ones = bits.unsqueeze(-1).bitwise_right_shift(shifts).bitwise_and(1);
  return ones.view({-1, 1, kCropSize, kCropSize}).to(torch::kBool);
}

// A 32-bit mixer (Wellons' lowbias32) on int64 values below 2³²; no product leaves 63 bits.
Tensor mix32(Tensor x) {
  constexpr std::int64_t kMask = 0xffffffff;
  x = x.bitwise_xor(x.bitwise_right_shift(16));
  x = (x * std::int64_t{0x21f0aaad}).bitwise_and(kMask);
  x = x.bitwise_xor(x.bitwise_right_shift(15));
  x = (x * std::int64_t{0x735a2d97}).bitwise_and(kMask);
  return x.bitwise_xor(x.bitwise_right_shift(15));
}

// Standard normal values [3, kCropSize, kCropSize].
Tensor normal_noise(std::uint64_t seed, const torch::Device& device) {
  constexpr std::int64_t kValues = 3LL * kCropPixels;
  const Tensor index = torch::arange(2 * kValues, torch::TensorOptions(device).dtype(torch::kInt64)) +
                       static_cast<std::int64_t>(seed & 0x7fffffffU);
  const Tensor hash = mix32(mix32(index).bitwise_xor(static_cast<std::int64_t>(seed >> 32)));
  const Tensor uniform = (hash.to(torch::kFloat32) + 0.5F) * 0x1p-32F;
  const Tensor radius = (uniform.narrow(0, 0, kValues).clamp(1e-9, 1).log() * -2).sqrt();
  const Tensor angle = uniform.narrow(0, kValues, kValues) * (2 * std::numbers::pi);
  return (radius * angle.cos()).view({3, kCropSize, kCropSize});
}

// The gradients of all images [B, 3, kCropSize, kCropSize].
Tensor gradients(const std::vector<Background>& backgrounds, const torch::Device& device) {
  const auto count = static_cast<std::int64_t>(backgrounds.size());
  const Tensor colours = torch::empty({2, count, 3, 1, 1}), vertical = torch::empty({count, 1, 1, 1});
  float *first = colours.data_ptr<float>(), *second = first + 3 * count, *down = vertical.data_ptr<float>();
  for (const Background& background : backgrounds) {
    first = std::copy(background.first.begin(), background.first.end(), first);
    second = std::copy(background.second.begin(), background.second.end(), second);
    *down++ = background.is_vertical ? 1.F : 0.F;
  }
  const Tensor ends = colours.to(device, true), is_vertical = vertical.to(device, true);
  const Tensor ramp = torch::linspace(0, 1, kCropSize, torch::TensorOptions(device));
  const Tensor position =
      ramp.view({1, 1, -1, 1}) * is_vertical + ramp.view({1, 1, 1, -1}) * (1 - is_vertical);
  return torch::lerp(ends[0], ends[1], position);
}

}  // namespace

Tensor on_backgrounds(const Tensor& rgb, const Tensor& object, const std::vector<Background>& backgrounds) {
  const Tensor images = rgb.permute({0, 3, 1, 2}).to(torch::kFloat32) / 255;
  if (backgrounds.empty()) return images;
  Tensor behind = gradients(backgrounds, rgb.device());
  for (std::size_t i = 0; i < backgrounds.size(); ++i)
    if (backgrounds[i].noise > 0)
      behind[static_cast<std::int64_t>(i)] +=
          backgrounds[i].noise * normal_noise(backgrounds[i].noise_seed, rgb.device());
  return torch::where(unpack(object), images, behind.clamp_(0, 1));
}

}  // namespace funcorr
