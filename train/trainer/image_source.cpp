#include "train/trainer/image_source.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "train/trainer/augment.h"

namespace funcorr {

namespace {

using torch::Tensor;

// The tokens around some pixels, each once, and of every pixel the four rows and their weights: bilinear, as
// sample_at_pixels() has it.
struct NeededTokens {
  std::vector<std::int32_t> tokens;  // y·width + x of the grid
  std::vector<std::array<std::pair<std::size_t, float>, 4>> corners;
};

// The two grid points beside a coordinate and their weights; weight 0 beyond the grid.
struct Neighbours {
  std::array<int, 2> index{};
  std::array<float, 2> weight{};
};
Neighbours neighbours(int pixel, int grid) {
  const float position = static_cast<float>(pixel * grid) / kCropSize - 0.5F;
  const float floor = std::floor(position);
  Neighbours found;
  for (std::size_t side = 0; side < 2; ++side) {
    const int index = static_cast<int>(floor) + static_cast<int>(side);
    const float weight = side == 0 ? 1 - (position - floor) : position - floor;
    found.index[side] = std::clamp(index, 0, grid - 1);
    found.weight[side] = index == found.index[side] ? weight : 0.F;
  }
  return found;
}

NeededTokens needed_tokens(const std::vector<PixelIndex>& pixels, int width, int height) {
  NeededTokens needed;
  std::vector<std::int32_t> row_of(static_cast<std::size_t>(width * height), -1);
  for (const PixelIndex pixel : pixels) {
    const Neighbours across = neighbours(pixel % kCropSize, width);
    const Neighbours down = neighbours(pixel / kCropSize, height);
    auto& corners = needed.corners.emplace_back();
    for (std::size_t i = 0; i < 4; ++i) {
      const int token = down.index[i / 2] * width + across.index[i % 2];
      std::int32_t& row = row_of[static_cast<std::size_t>(token)];
      if (row < 0) {
        row = static_cast<std::int32_t>(needed.tokens.size());
        needed.tokens.push_back(token);
      }
      corners[i] = {static_cast<std::size_t>(row), down.weight[i / 2] * across.weight[i % 2]};
    }
  }
  return needed;
}

// Rows [L, T, C] of a picture [L, h, w, C].
void copy_tokens(std::span<const std::byte> picture, const std::vector<std::int32_t>& tokens,
                 const FeatureFile& shape, std::byte* target, std::size_t rows) {
  const auto layers = static_cast<std::size_t>(shape.layers());
  const std::size_t layer_bytes = picture.size() / layers;
  const std::size_t token_bytes = 2UL * static_cast<std::size_t>(shape.channels());
  for (std::size_t layer = 0; layer < layers; ++layer)
    for (std::size_t row = 0; row < tokens.size(); ++row)
      std::memcpy(target + (layer * rows + row) * token_bytes,
                  picture.data() + layer * layer_bytes + static_cast<std::size_t>(tokens[row]) * token_bytes,
                  token_bytes);
}

}  // namespace

HostImages LiveImages::gather(const TrainingSet& set, const std::vector<PicturePixels>& pictures) const {
  const auto count = static_cast<std::int64_t>(pictures.size());
  HostImages host;
  host.rgb = torch::empty({count, kCropSize, kCropSize, 3}, torch::kUInt8);
  host.object = torch::empty({count, static_cast<std::int64_t>(kMaskBytes)}, torch::kUInt8);
  auto *rgb = host.rgb.data_ptr<std::uint8_t>(), *object = host.object.data_ptr<std::uint8_t>();
  for (const auto& [image, looked_at] : pictures) {
    const Shard& shard = set.shard(image.shard);
    const auto pixels = shard.rgb(image.view);
    rgb = std::copy(pixels.begin(), pixels.end(), rgb);
    const auto bits = shard.object(image.view).bits();
    object = std::copy(bits.begin(), bits.end(), object);
    if (with_backgrounds_) host.backgrounds.push_back(draw_background(image.background));
  }
  return host;
}

ImageFeatures LiveImages::features(const HostImages& images, const torch::Device& device) {
  const torch::NoGradGuard no_gradients;
  return ImageFeatures(backbone_.forward(
      on_backgrounds(images.rgb.to(device, true), images.object.to(device, true), images.backgrounds)));
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

HostImages StoredFeatures::gather(const TrainingSet&, const std::vector<PicturePixels>& pictures) const {
  const FeatureFile& first = *files_.front();
  const auto count = static_cast<std::int64_t>(pictures.size());
  std::vector<NeededTokens> needed;
  std::size_t most = 0;
  for (const auto& [image, pixels] : pictures) {
    needed.push_back(needed_tokens(pixels, first.width(), first.height()));
    most = std::max(most, needed.back().tokens.size());
  }
  const auto rows = static_cast<std::int64_t>(most);
  HostImages host;
  host.rows = torch::zeros({count, first.layers(), rows, first.channels()}, torch::kFloat16);
  host.bilinear = torch::zeros({count, static_cast<std::int64_t>(pictures.front().pixels.size()), rows});
  const std::size_t token_bytes = 2UL * static_cast<std::size_t>(first.channels());
  auto* target = static_cast<std::byte*>(host.rows.data_ptr());
  float* weights = host.bilinear.data_ptr<float>();
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    copy_tokens(picture_of(pictures[i].image), needed[i].tokens, first, target, most);
    target += static_cast<std::size_t>(first.layers()) * most * token_bytes;
    for (const auto& corners : needed[i].corners) {
      for (const auto& [row, weight] : corners) weights[row] += weight;
      weights += most;
    }
  }
  return host;
}

std::span<const std::byte> StoredFeatures::picture_of(const ImageDraw& image) const {
  const FeatureFile& file = *files_[image.shard];
  return file.picture(image.view,
                      static_cast<int>(image.background % static_cast<std::uint64_t>(file.pictures())));
}

ImageFeatures StoredFeatures::features(const HostImages& images, const torch::Device& device) {
  ImageFeatures features;
  features.rows = images.rows.to(device, true).permute({1, 0, 2, 3});
  features.bilinear = images.bilinear.to(device, true);
  return features;
}

}  // namespace funcorr
