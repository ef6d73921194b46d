#include "train/trainer/image_source.h"

#include <cstring>
#include <stdexcept>

#include "train/trainer/augment.h"

namespace funcorr {

using torch::Tensor;

HostImages LiveImages::gather(const TrainingSet& set, const std::vector<ImageDraw>& images) const {
  const auto count = static_cast<std::int64_t>(images.size());
  HostImages host;
  host.rgb = torch::empty({count, kShardImagePx, kShardImagePx, 3}, torch::kUInt8);
  host.object = torch::empty({count, static_cast<std::int64_t>(kMaskBytes)}, torch::kUInt8);
  auto *rgb = host.rgb.data_ptr<std::uint8_t>(), *object = host.object.data_ptr<std::uint8_t>();
  for (const ImageDraw& image : images) {
    const Shard& shard = set.shard(image.shard);
    const auto pixels = shard.rgb(image.view);
    rgb = std::copy(pixels.begin(), pixels.end(), rgb);
    const auto bits = shard.object(image.view).bits();
    object = std::copy(bits.begin(), bits.end(), object);
    if (with_backgrounds_) host.backgrounds.push_back(draw_background(image.background));
  }
  return host;
}

Tensor LiveImages::features(const HostImages& images, const torch::Device& device) {
  const torch::NoGradGuard no_gradients;
  return backbone_.forward(
      on_backgrounds(images.rgb.to(device, true), images.object.to(device, true), images.backgrounds));
}

StoredFeatures::StoredFeatures(const TrainingSet& set,
                               const std::function<std::filesystem::path(const std::string&)>& file_of,
                               const std::string& backbone_identity) {
  for (std::uint32_t i = 0; i < set.shards(); ++i) {
    const Shard& shard = set.shard(i);
    const std::filesystem::path file = file_of(shard.uid());
    files_.push_back(std::make_unique<const FeatureFile>(file));
    const FeatureFile& features = *files_.back();
    if (features.identity() != backbone_identity)
      throw std::runtime_error(file.string() + " holds features of the backbone " + features.identity() +
                               "; this run is with " + backbone_identity);
    if (features.views() != shard.views() || features.picture_bytes() != files_.front()->picture_bytes())
      throw std::runtime_error(file.string() + " does not fit its shard; run funcorr-features again");
  }
}

HostImages StoredFeatures::gather(const TrainingSet&, const std::vector<ImageDraw>& images) const {
  const FeatureFile& first = *files_.front();
  HostImages host;
  host.features = torch::empty({static_cast<std::int64_t>(images.size()), first.layers(), first.height(),
                                first.width(), first.channels()},
                               torch::kFloat16);
  auto* target = static_cast<std::byte*>(host.features.data_ptr());
  for (const ImageDraw& image : images) {
    const FeatureFile& file = *files_[image.shard];
    const auto k = image.background % static_cast<std::uint64_t>(file.pictures());
    const auto picture = file.picture(image.view, static_cast<int>(k));
    std::memcpy(target, picture.data(), picture.size());
    target += picture.size();
  }
  return host;
}

Tensor StoredFeatures::features(const HostImages& images, const torch::Device& device) {
  return images.features.to(device, true).permute({1, 0, 4, 2, 3});
}

}  // namespace funcorr
