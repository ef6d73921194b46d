#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "train/model/run_config.h"

namespace funcorr {

// Runs a frozen backbone over shards and keeps what it gives (db/dataset/feature_file.h). Free of LibTorch.
class FeatureExtractor {
 public:
  // `device` as in TrainingResources. Throws std::runtime_error for a backbone that cannot be made.
  FeatureExtractor(const BackboneConfig& config, const std::string& device);
  ~FeatureExtractor();
  FeatureExtractor(FeatureExtractor&&) noexcept;
  FeatureExtractor& operator=(FeatureExtractor&&) noexcept;

  const std::string& identity() const;
  // Of one picture, in half precision.
  std::int64_t picture_bytes();
  // backgrounds: 0: the views on white; K: each on K backgrounds, seeded by shard, view and k. Writes over
  // `file`. Throws std::runtime_error naming the shard or the file.
  void extract(const std::filesystem::path& shard, int backgrounds, const std::filesystem::path& file);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace funcorr
