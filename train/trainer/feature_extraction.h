#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "db/format/options.h"
#include "train/model/device_choice.h"
#include "train/model/run_config.h"

namespace funcorr {

struct FeatureOptions {
  int backgrounds = 0;  // random ones, a picture each, of every view; 0: one picture on white
  DeviceChoice device;
  BackboneConfig backbone;
  static const OptionList<FeatureOptions>& options();
};

// Runs a frozen backbone over shards and keeps what it gives (db/dataset/feature_file.h). Free of LibTorch.
class FeatureExtractor {
 public:
  // Throws UsageError for an option out of its range, std::runtime_error for a backbone that cannot be made.
  explicit FeatureExtractor(const FeatureOptions& options);
  ~FeatureExtractor();
  FeatureExtractor(FeatureExtractor&&) noexcept;
  FeatureExtractor& operator=(FeatureExtractor&&) noexcept;

  const std::string& identity() const;
  // Of one picture, in half precision.
  std::int64_t picture_bytes();
  // Of all views; random backgrounds are seeded by shard, view and their number. Writes over `file`. Throws
  // std::runtime_error naming the shard or the file.
  void extract(const std::filesystem::path& shard, const std::filesystem::path& file);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace funcorr
