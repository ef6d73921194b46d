#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "train/backbone/backbone.h"
#include "train/data/background.h"
#include "train/data/feature_file.h"
#include "train/data/sampler.h"
#include "train/data/training_set.h"

namespace funcorr {

// Pictures of a batch as they lie in main memory.
struct HostImages {
  torch::Tensor features;               // stored ones: [B, L, h, w, C] half; else undefined
  torch::Tensor rgb, object;            // [B, 224, 224, 3], [B, 6272] uint8
  std::vector<Background> backgrounds;  // empty: white
};

// Where the backbone's features of a training set's views come from.
class ImageSource {
 public:
  virtual ~ImageSource() = default;
  // Any thread.
  virtual HostImages gather(const TrainingSet& set, const std::vector<ImageDraw>& images) const = 0;
  // → [L, B, C, h, w] on the device. Training thread only.
  virtual torch::Tensor features(const HostImages& images, const torch::Device& device) = 0;
};

// The backbone runs in every step.
class LiveImages : public ImageSource {
 public:
  LiveImages(Backbone& backbone, bool with_backgrounds)
      : backbone_(backbone), with_backgrounds_(with_backgrounds) {}
  HostImages gather(const TrainingSet& set, const std::vector<ImageDraw>& images) const override;
  torch::Tensor features(const HostImages& images, const torch::Device& device) override;

 private:
  Backbone& backbone_;
  bool with_backgrounds_;
};

// Features that were stored before (train/data/feature_file.h), mapped into memory.
class StoredFeatures : public ImageSource {
 public:
  // `file_of` a shard's uid. All files are mapped at the start. Throws std::runtime_error that names a file
  // which is missing, has another backbone's features, or other views than its shard.
  StoredFeatures(const TrainingSet& set,
                 const std::function<std::filesystem::path(const std::string&)>& file_of,
                 const std::string& backbone_identity);
  HostImages gather(const TrainingSet& set, const std::vector<ImageDraw>& images) const override;
  torch::Tensor features(const HostImages& images, const torch::Device& device) override;

 private:
  std::vector<std::unique_ptr<const FeatureFile>> files_;  // [shard]
};

}  // namespace funcorr
