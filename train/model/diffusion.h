#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "train/model/predictor.h"

namespace funcorr {

// The rows "sd" and "sd-dino": features of a frozen Stable Diffusion 1.5, several levels of its U-Net at t =
// 100, reduced by principal components that both images of a pair share, alone or fused with DINOv2's last
// block. Free of LibTorch. Not thread-safe.
class DiffusionPredictor {
 public:
  // Where the levels come from:
  // - "script:<file.pt>": a TorchScript module whose forward takes [1, 3, 960, 960] RGB in 0…1, float32, and
  //   returns a list of floats [1, C_i, h_i, w_i] whose grids cover the image evenly; deterministic;
  // - a folder of exported features: <uid>/<view>.safetensors (0007 for view 7) with a float tensor
  //   [C_i, h_i, w_i] for each level, of the crop.
  // `run`: whose backbone's last block is fused in, of the crop at 840 px; empty: none. Throws
  // std::runtime_error that names the file which is missing or unfit, or the device that is not there.
  DiffusionPredictor(const std::string& levels, const std::filesystem::path& run,
                     const DeviceChoice& device = {});
  ~DiffusionPredictor();
  DiffusionPredictor(DiffusionPredictor&&) noexcept;
  DiffusionPredictor& operator=(DiffusionPredictor&&) noexcept;

  // A folder besides the run's that is read.
  static std::filesystem::path folder_needed(const std::string& levels);

  // Of both images of a pair, at all pixels of the crop.
  struct View {
    std::vector<std::uint8_t> rgb;  // [kCropSize, kCropSize, 3] on white
    std::string uid;
    int number = 0;
  };
  std::array<PixelEmbeddings, 2> embed(const View& view_1, const View& view_2) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace funcorr
