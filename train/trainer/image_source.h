#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "db/dataset/feature_file.h"
#include "train/backbone/backbone.h"
#include "train/data/background.h"
#include "train/data/sampler.h"
#include "train/data/training_set.h"
#include "train/model/image_features.h"

namespace funcorr {

// A picture and the pixels of it that a batch looks at.
struct PicturePixels {
  ImageDraw image;
  std::vector<PixelIndex> pixels;  // as many for every picture of a batch
};

// Pictures of a batch as they lie in main memory.
struct HostImages {
  torch::Tensor rows, bilinear;         // stored: [B, L, T, C] half, [B, N, T] float (ImageFeatures)
  torch::Tensor rgb, object;            // live: [B, kCropSize, kCropSize, 3], [B, kMaskBytes] uint8
  std::vector<Background> backgrounds;  // live; empty: white
};

// Where the backbone's features of a training set's views come from.
class ImageSource {
 public:
  virtual ~ImageSource() = default;
  // Any thread.
  virtual HostImages gather(const TrainingSet& set, const std::vector<PicturePixels>& pictures) const = 0;
  // Training thread only.
  virtual ImageFeatures features(const HostImages& images, const torch::Device& device) = 0;
};

// The backbone runs in every step.
class LiveImages : public ImageSource {
 public:
  LiveImages(Backbone& backbone, bool with_backgrounds)
      : backbone_(backbone), with_backgrounds_(with_backgrounds) {}
  HostImages gather(const TrainingSet& set, const std::vector<PicturePixels>& pictures) const override;
  ImageFeatures features(const HostImages& images, const torch::Device& device) override;

 private:
  Backbone& backbone_;
  bool with_backgrounds_;
};

// Features that were stored before (db/dataset/feature_file.h), mapped into memory: of every picture, the
// tokens around the pixels that the batch looks at.
class StoredFeatures : public ImageSource {
 public:
  // `file_of` a shard's uid. All files are mapped at the start. Throws std::runtime_error that names a file
  // which is missing, has another backbone's features, or other views than its shard.
  StoredFeatures(const TrainingSet& set,
                 const std::function<std::filesystem::path(const std::string&)>& file_of,
                 const std::string& backbone_identity);
  HostImages gather(const TrainingSet& set, const std::vector<PicturePixels>& pictures) const override;
  ImageFeatures features(const HostImages& images, const torch::Device& device) override;

 private:
  std::span<const std::byte> picture_of(const ImageDraw& image) const;

  std::vector<std::unique_ptr<const FeatureFile>> files_;  // [shard]
};

}  // namespace funcorr
