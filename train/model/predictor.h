#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "train/model/device_choice.h"
#include "train/model/pretrained_files.h"

namespace funcorr {

// What a model knows of pixels of one image.
struct PixelEmbeddings {
  int channels = 0;
  std::vector<float> values;            // [N, channels] row-major, L2-normalised rows
  std::vector<float> mask_probability;  // [N] of the functional part; empty without mask head
  std::string device = "cpu";           // where they were computed, a name as DeviceChoice has it
};

// How a trained run's model is run.
struct PredictorOptions {
  DeviceChoice device;
  int shifts = 1;  // of the image along each axis, whose features are interleaved (train/backbone/shifted.h)
};

// A trained run (its backbone and head), for inference. Free of LibTorch. Not thread-safe: one per thread.
// Images are crops, [kCropSize, kCropSize, 3] RGB on white; pixels are their crop_index().
class Predictor {
 public:
  // `run`: the folder of a run (config.json, and the newest of final.safetensors and checkpoint.safetensors),
  // or a checkpoint in such a folder, also one of the release (epoch_0100.pt), which needs no config.json but
  // CLIP's files and functions: `files`, whose members also stand before those of a config.json. Throws
  // std::runtime_error that names the folder or file which is missing or unfit, the device that is not there,
  // or shifts that the backbone's grid does not divide by.
  explicit Predictor(const std::filesystem::path& run, const PretrainedFiles& files = {},
                     const PredictorOptions& options = {});
  ~Predictor();
  Predictor(Predictor&&) noexcept;
  Predictor& operator=(Predictor&&) noexcept;

  // Folders besides the run's that its model is read from: those of pretrained weights.
  static std::vector<std::filesystem::path> folders_needed(const std::filesystem::path& run);

  const std::vector<std::string>& functions() const;  // that the run was trained for
  bool has_mask_head() const;
  // The function that somebody means (functions_meant()): one of functions(), or, where CLIP tells functions
  // apart, what is written. Throws std::runtime_error that lists the functions there are.
  std::string function_meant(const std::string& written) const;

  // Embeddings for a function at the given pixels; empty: at all of them. Throws std::runtime_error that
  // lists the functions known where this one is not.
  PixelEmbeddings embed(const std::vector<std::uint8_t>& rgb, const std::string& function,
                        const std::vector<std::int32_t>& pixels = {}) const;
  // Descriptors of the backbone alone: uniform weights over its blocks, no learned projection.
  PixelEmbeddings embed_plain(const std::vector<std::uint8_t>& rgb,
                              const std::vector<std::int32_t>& pixels = {}) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace funcorr
