#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "eval/matching/matching.h"

namespace funcorr {

// What a trained run knows of every pixel of a crop.
struct Embedding {
  DenseFeatures features;
  std::vector<float>
      mask_probability;  // [224·224] of the functional part; empty where the run has no mask head
};

// A trained run (its backbone and head), or only its backbone. Not thread-safe: one per worker. Throws
// std::runtime_error that names the folder or file which is missing or unfit.
class Embedder {
 public:
  // W/train/runs/<name>: config.json, and the newest of final.safetensors and checkpoint.safetensors.
  explicit Embedder(const std::filesystem::path& run_folder);
  ~Embedder();
  Embedder(Embedder&&) noexcept;
  Embedder& operator=(Embedder&&) noexcept;

  // Folders outside the workspace that the run's model is read from: those of pretrained weights.
  static std::vector<std::filesystem::path> folders_needed(const std::filesystem::path& run_folder);

  // rgb: [224, 224, 3] on white.
  Embedding embed(const std::vector<std::uint8_t>& rgb, const std::string& function) const;
  // The row "backbone": descriptors without any learned weight.
  DenseFeatures embed_plain(const std::vector<std::uint8_t>& rgb) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace funcorr
