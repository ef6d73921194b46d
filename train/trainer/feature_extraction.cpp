#include "train/trainer/feature_extraction.h"

#include <vector>

#include <torch/torch.h>

#include "db/dataset/feature_file.h"
#include "db/dataset/shard.h"
#include "train/backbone/backbone.h"
#include "train/data/background.h"
#include "train/model/device.h"
#include "train/trainer/augment.h"

namespace funcorr {
namespace {

using torch::Tensor;

constexpr int kImagesAtOnce = 16;

Tensor copy_of(std::span<const std::uint8_t> bytes, std::vector<std::int64_t> shape) {
  const Tensor tensor = torch::empty(shape, torch::kUInt8);
  std::copy(bytes.begin(), bytes.end(), tensor.data_ptr<std::uint8_t>());
  return tensor;
}

}  // namespace

const OptionList<FeatureOptions>& FeatureOptions::options() {
  static const OptionList<FeatureOptions> list{
      option("backgrounds", &FeatureOptions::backgrounds)
          .range(0, 1000)
          .help("random backgrounds stored for every view; 0: one picture on white"),
      options_of(&FeatureOptions::device), options_of(&FeatureOptions::backbone)};
  return list;
}

struct FeatureExtractor::Impl {
  int pictures_on_backgrounds;  // of a view; 0: one on white
  std::unique_ptr<Backbone> backbone;
  torch::Device device;
  std::string identity;

  // [n, L, h, w, C] half, on the CPU; finite.
  Tensor features(const std::vector<Tensor>& rgb, const std::vector<Tensor>& object,
                  const std::vector<Background>& backgrounds) const {
    const torch::NoGradGuard no_gradients;
    const Tensor images =
        on_backgrounds(torch::stack(rgb).to(device), torch::stack(object).to(device), backgrounds);
    const Tensor halves =
        backbone->forward(images).permute({1, 0, 3, 4, 2}).to(torch::kFloat16).to(torch::kCPU).contiguous();
    if (!halves.isfinite().all().item<bool>())
      throw std::runtime_error("the backbone's features are not finite in half precision");
    return halves;
  }
};

FeatureExtractor::FeatureExtractor(const FeatureOptions& options) {
  FeatureOptions::options().check(options);
  impl_ = std::make_unique<Impl>(
      Impl{options.backgrounds, make_backbone(options.backbone), device_from_name(options.device.name), {}});
  impl_->backbone->to(impl_->device);
  impl_->identity = impl_->backbone->identity();
}
FeatureExtractor::~FeatureExtractor() = default;
FeatureExtractor::FeatureExtractor(FeatureExtractor&&) noexcept = default;
FeatureExtractor& FeatureExtractor::operator=(FeatureExtractor&&) noexcept = default;

const std::string& FeatureExtractor::identity() const { return impl_->identity; }

std::int64_t FeatureExtractor::picture_bytes() {
  const torch::NoGradGuard no_gradients;
  const Tensor features = impl_->backbone->forward(
      torch::ones({1, 3, kCropSize, kCropSize}, torch::TensorOptions(impl_->device)));
  return features.numel() * 2;
}

void FeatureExtractor::extract(const std::filesystem::path& path, const std::filesystem::path& file) {
  const Shard shard(path);
  const int backgrounds = impl_->pictures_on_backgrounds, pictures = std::max(backgrounds, 1);
  std::vector<Tensor> rgb, object, parts;
  std::vector<Background> behind;
  const auto flush = [&] {
    if (rgb.empty()) return;
    parts.push_back(impl_->features(rgb, object, behind));
    rgb.clear();
    object.clear();
    behind.clear();
  };
  for (int view = 0; view < shard.views(); ++view)
    for (int k = 0; k < pictures; ++k) {
      rgb.push_back(copy_of(shard.rgb(view), {kCropSize, kCropSize, 3}));
      object.push_back(copy_of(shard.object(view).bits(), {static_cast<std::int64_t>(kMaskBytes)}));
      if (backgrounds > 0) behind.push_back(draw_background(stored_background_seed(shard, view, k)));
      if (rgb.size() == kImagesAtOnce) flush();
    }
  flush();
  if (parts.empty()) throw std::runtime_error(path.string() + " holds no view");
  const Tensor all = torch::cat(parts);
  std::vector<std::int64_t> shape{shard.views(), pictures};
  shape.insert(shape.end(), all.sizes().begin() + 1, all.sizes().end());
  write_feature_file(file,
                     {TensorType::kF16, shape, {static_cast<const std::byte*>(all.data_ptr()), all.nbytes()}},
                     impl_->identity, backgrounds > 0);
}

}  // namespace funcorr
