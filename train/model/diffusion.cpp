#include "train/model/diffusion.h"

#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <torch/script.h>

#include "db/dataset/run_folder.h"
#include "db/dataset/view.h"
#include "train/backbone/backbone.h"
#include "train/backbone/fusion.h"
#include "train/model/crop_embedding.h"
#include "train/model/device.h"
#include "train/model/functional_model.h"
#include "train/weights/state_dict.h"

namespace funcorr {
namespace {

namespace F = torch::nn::functional;
namespace fs = std::filesystem;
using torch::Tensor;

constexpr int kDiffusionPx = 960, kDinoPx = 840;  // the crop is enlarged to
constexpr std::string_view kScript = "script:";

// [1, 3, px, px] in 0…1.
Tensor enlarged(const std::vector<std::uint8_t>& rgb, int px, const torch::Device& device) {
  return F::interpolate(crop_tensor(rgb).to(device), F::InterpolateFuncOptions()
                                                         .size(std::vector<std::int64_t>{px, px})
                                                         .mode(torch::kBilinear)
                                                         .align_corners(false));
}

std::vector<Tensor> checked(std::vector<Tensor> levels, const std::string& source) {
  if (levels.empty()) throw std::runtime_error(source + " holds no level of features");
  for (Tensor& level : levels) {
    if (level.dim() != 3 || level.numel() == 0 || !level.is_floating_point())
      throw std::runtime_error(source + " holds " + c10::toString(level.scalar_type()) + " " +
                               c10::str(level.sizes()) + "; floats [C, h, w] are expected");
    level = level.to(torch::kFloat32);
  }
  return levels;
}

std::vector<Tensor> levels_of_module(torch::jit::Module& module, const std::string& file,
                                     const std::vector<std::uint8_t>& rgb, const torch::Device& device) {
  torch::jit::IValue returned;
  try {
    returned = module.forward({enlarged(rgb, kDiffusionPx, device)});
  } catch (const std::exception& error) {
    const std::string_view text = error.what();
    throw std::runtime_error(fmt::format("{}: the module fails: {}", file, text.substr(0, text.find('\n'))));
  }
  if (!returned.isTensorList())
    throw std::runtime_error(file + ": the module returns a " + returned.tagKind() +
                             "; a list of tensors is expected");
  std::vector<Tensor> levels;
  for (const Tensor& level : returned.toTensorVector()) levels.push_back(level.dim() == 4 ? level[0] : level);
  return checked(levels, file);
}

std::vector<Tensor> levels_of_file(const fs::path& folder, const DiffusionPredictor::View& view) {
  const fs::path file = folder / view.uid / (view_name(view.number) + ".safetensors");
  std::vector<Tensor> levels;
  for (const auto& [name, tensor] : load_state_dict(file)) levels.push_back(tensor);
  return checked(levels, file.string());
}

PixelEmbeddings at_all_pixels(const Tensor& map) {
  const Tensor unit = F::normalize(map.unsqueeze(0), F::NormalizeFuncOptions().dim(1));
  const Tensor at = pixel_tensor({}).unsqueeze(0).to(map.device());
  const Tensor descriptors = plain_descriptors(unit, at).squeeze(0);
  return {static_cast<int>(descriptors.size(1)), to_vector(descriptors), {}, map.device().str()};
}

fs::path script_file(const std::string& levels) { return levels.substr(kScript.size()); }

}  // namespace

struct DiffusionPredictor::Impl {
  std::string source;
  torch::jit::Module module;
  std::unique_ptr<Backbone> dino;
  torch::Device device = torch::kCPU;

  std::vector<Tensor> levels(const View& view) {
    if (source.starts_with(kScript))
      return levels_of_module(module, script_file(source).string(), view.rgb, device);
    std::vector<Tensor> stored = levels_of_file(source, view);
    for (Tensor& level : stored) level = level.to(device);
    return stored;
  }
  // The diffusion's descriptors [C, h, w], with DINOv2's where there are any.
  Tensor fused(const Tensor& diffusion, const View& view) {
    if (!dino) return diffusion;
    const int patch = dino->patch_px();
    const Tensor blocks =
        dino->forward(enlarged(view.rgb, kDinoPx / patch * patch, device));  // no patch is cut off
    return fuse_descriptors(diffusion, blocks[blocks.size(0) - 1][0]);
  }
};

DiffusionPredictor::DiffusionPredictor(const std::string& levels, const fs::path& run,
                                       const DeviceChoice& device)
    : impl_(std::make_unique<Impl>()) {
  impl_->source = levels;
  impl_->device = device_from_name(device.name);
  if (levels.starts_with(kScript)) {
    const std::string file = script_file(levels).string();
    try {
      impl_->module = torch::jit::load(file, torch::kCPU);
    } catch (const c10::Error&) {
      throw std::runtime_error(file + ": is no TorchScript module");
    }
    impl_->module.eval();
    impl_->module.to(impl_->device);
  } else if (!fs::is_directory(levels)) {
    throw std::runtime_error(levels + ": there is no such folder of exported features");
  }
  if (run.empty()) return;
  impl_->dino = make_backbone(read_model_config(run_config_path(run)).backbone);
  impl_->dino->to(impl_->device);
}
DiffusionPredictor::~DiffusionPredictor() = default;
DiffusionPredictor::DiffusionPredictor(DiffusionPredictor&&) noexcept = default;
DiffusionPredictor& DiffusionPredictor::operator=(DiffusionPredictor&&) noexcept = default;

fs::path DiffusionPredictor::folder_needed(const std::string& levels) {
  return levels.starts_with(kScript) ? fs::absolute(script_file(levels)).parent_path() : fs::path(levels);
}

std::array<PixelEmbeddings, 2> DiffusionPredictor::embed(const View& view_1, const View& view_2) const {
  const torch::NoGradGuard no_gradients;
  const auto [map_1, map_2] = co_pca_levels(impl_->levels(view_1), impl_->levels(view_2));
  return {at_all_pixels(impl_->fused(map_1, view_1)), at_all_pixels(impl_->fused(map_2, view_2))};
}

}  // namespace funcorr
