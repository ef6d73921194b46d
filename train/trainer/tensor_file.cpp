#include "train/trainer/tensor_file.h"

#include <array>
#include <cstring>
#include <stdexcept>

namespace funcorr {
namespace {

using torch::Tensor;

constexpr std::array<std::pair<torch::ScalarType, TensorType>, 6> kTypes{
    {{torch::kFloat32, TensorType::kF32},
     {torch::kFloat64, TensorType::kF64},
     {torch::kFloat16, TensorType::kF16},
     {torch::kBFloat16, TensorType::kBF16},
     {torch::kInt64, TensorType::kI64},
     {torch::kUInt8, TensorType::kU8}}};

TensorType type_of(const Tensor& tensor) {
  for (const auto& [torch_type, type] : kTypes)
    if (torch_type == tensor.scalar_type()) return type;
  throw std::invalid_argument(std::string("tensors of ") + torch::toString(tensor.scalar_type()) +
                              " are not written to files");
}

torch::ScalarType torch_type_of(TensorType type) {
  for (const auto& [torch_type, known] : kTypes)
    if (known == type) return torch_type;
  throw std::runtime_error("tensors of " + std::string(to_string(type)) + " are not used here");
}

}  // namespace

void write_tensors(const std::filesystem::path& file, const NamedTensors& tensors,
                   const std::map<std::string, std::string>& metadata) {
  std::vector<Tensor> on_host;  // keeps what the views look at
  std::map<std::string, TensorView> views;
  for (const auto& [name, tensor] : tensors) {
    on_host.push_back(tensor.detach().to(torch::kCPU).contiguous());
    const Tensor& host = on_host.back();
    views[name] = {
        type_of(host), host.sizes().vec(), {static_cast<const std::byte*>(host.data_ptr()), host.nbytes()}};
  }
  write_safetensors(file, views, metadata);
}

Tensor tensor_from(const TensorView& view) {
  Tensor tensor = torch::empty(view.shape, torch_type_of(view.type));
  if (!view.bytes.empty()) std::memcpy(tensor.data_ptr(), view.bytes.data(), view.bytes.size());
  return tensor;
}

Tensor read_tensor_like(const SafetensorsFile& file, const std::string& name, const Tensor& like) {
  return tensor_from(file.at(name, type_of(like), like.sizes().vec())).to(like.device());
}

}  // namespace funcorr
