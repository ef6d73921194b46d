#include "train/backbone/script.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <torch/script.h>

#include "db/dataset/crop.h"
#include "db/format/mapped_file.h"
#include "db/format/stand_in.h"
#include "train/weights/state_dict.h"

namespace funcorr {
namespace {

using torch::Tensor;

// What happened: the first line of a c10::Error, before its stack trace; of what the interpreter throws, the
// line that Python would end with.
std::string cause(const std::exception& error) {
  const std::string text = error.what();
  const auto python = text.rfind("Error: ");
  const auto first = python == std::string::npos ? std::string::npos : text.rfind('\n', python);
  const auto begin = first == std::string::npos ? 0 : first + 1;
  return text.substr(begin, text.find('\n', begin) - begin);
}

// Bytes of the file as a tensor, to be hashed like weights.
std::string file_hash(const std::filesystem::path& file) {
  const MappedFile mapped(file);
  const auto bytes = mapped.bytes();
  return content_hash({{"file", torch::from_blob(const_cast<std::byte*>(bytes.data()),
                                                 {static_cast<std::int64_t>(bytes.size())}, torch::kUInt8)}});
}

}  // namespace

struct ScriptBackbone::Module {
  torch::jit::Module script;
};

ScriptBackbone::ScriptBackbone(const std::filesystem::path& file, int layers)
    : module_(std::make_unique<Module>()), file_(file.string()) {
  identity_ = fmt::format("script/last{}/{}", layers, file_hash(file));
  if (const std::string stand_in = stand_in_for_file(MappedFile(file).bytes()); !stand_in.empty())
    throw std::runtime_error(file_ + ": is no TorchScript module: " + stand_in);
  try {
    module_->script = torch::jit::load(file.string(), torch::kCPU);
  } catch (const c10::Error& error) {
    throw std::runtime_error(file_ + ": is no TorchScript module: " + cause(error));
  }
  module_->script.eval();
  const Tensor probe = run(torch::full({1, 3, kCropSize, kCropSize}, 0.5F));
  if (!probe.isfinite().all().item<bool>())
    throw std::runtime_error(file_ + ": the module returns values that are not finite for a grey image");
  if (probe.size(3) != probe.size(4))
    throw std::runtime_error(file_ + ": the module returns " + c10::str(probe.sizes()) +
                             " for a square image, whose grid [h, w] is not square; channels come before it");
  channels_ = static_cast<int>(probe.size(2));
  layers_ = static_cast<int>(std::min<std::int64_t>(layers, probe.size(0)));
  stride_px_ = static_cast<int>(std::max<std::int64_t>(1, (kCropSize + probe.size(4) / 2) / probe.size(4)));
}

ScriptBackbone::~ScriptBackbone() = default;

torch::Tensor ScriptBackbone::run(const Tensor& images) {
  const torch::NoGradGuard no_gradients;
  torch::jit::IValue returned;
  try {
    returned = module_->script.forward({images});
  } catch (const std::exception& error) {
    throw std::runtime_error(file_ + ": the module fails: " + cause(error));
  }
  if (!returned.isTensor())
    throw std::runtime_error(file_ + ": the module returns a " + returned.tagKind() +
                             "; a Tensor [L, B, C, h, w] or [B, C, h, w] is expected");
  const Tensor raw = returned.toTensor();
  const Tensor features = raw.dim() == 4 ? raw.unsqueeze(0) : raw;
  if (features.dim() != 5 || features.size(1) != images.size(0) || features.numel() == 0 ||
      !features.is_floating_point())
    throw std::runtime_error(file_ + ": the module returns " + c10::toString(raw.scalar_type()) + " " +
                             c10::str(raw.sizes()) + " for " + std::to_string(images.size(0)) +
                             " images; floats [L, B, C, h, w] or [B, C, h, w] are expected");
  return features.to(torch::kFloat32);
}

torch::Tensor ScriptBackbone::forward(const Tensor& images) {
  const Tensor features = run(images);
  if (features.size(0) < layers_ || features.size(2) != channels_)
    throw std::runtime_error(file_ + ": the module's layers or channels change with its input");
  return features.narrow(0, features.size(0) - layers_, layers_);
}

void ScriptBackbone::to(const torch::Device& device) { module_->script.to(device); }

}  // namespace funcorr
