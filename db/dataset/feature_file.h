#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "db/dataset/shard.h"
#include "db/format/safetensors.h"

namespace funcorr {

// Features of a frozen backbone for one shard's views, in half precision:
//   features F16 [V, K, L, h, w, C]   K pictures of every view: on white, or on K stored backgrounds
// with metadata format "funcorr-features-1", the backbone's identity, and backgrounds ("white" or
// "augmented").
class FeatureFile {
 public:
  // Maps the file. Throws std::runtime_error that names it and what does not fit. Thread-safe once made.
  explicit FeatureFile(const std::filesystem::path& file);

  int views() const { return static_cast<int>(shape(0)); }
  int pictures() const { return static_cast<int>(shape(1)); }  // K
  int layers() const { return static_cast<int>(shape(2)); }
  int height() const { return static_cast<int>(shape(3)); }
  int width() const { return static_cast<int>(shape(4)); }
  int channels() const { return static_cast<int>(shape(5)); }
  const std::string& identity() const { return identity_; }
  bool augmented() const { return augmented_; }
  std::size_t picture_bytes() const { return picture_bytes_; }
  // One picture's features [L, h, w, C].
  std::span<const std::byte> picture(int view, int k) const;

 private:
  std::int64_t shape(std::size_t axis) const { return tensor_->shape[axis]; }

  SafetensorsFile file_;
  const TensorView* tensor_ = nullptr;
  std::string identity_;
  bool augmented_ = false;
  std::size_t picture_bytes_ = 0;
};

// `features`: F16 as above. Throws std::runtime_error where the file cannot be written.
void write_feature_file(const std::filesystem::path& file, const TensorView& features,
                        const std::string& identity, bool augmented);

// The seed of stored background k of a view: the same for every run.
std::uint64_t stored_background_seed(const Shard& shard, int view, int k);

}  // namespace funcorr
