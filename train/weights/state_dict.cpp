#include "train/weights/state_dict.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "db/format/hash.h"
#include "db/format/mapped_file.h"

namespace funcorr {
namespace {

constexpr std::array<std::pair<TensorType, torch::ScalarType>, 10> kTypes{
    {{TensorType::kBool, torch::kBool},
     {TensorType::kU8, torch::kUInt8},
     {TensorType::kI8, torch::kInt8},
     {TensorType::kI16, torch::kInt16},
     {TensorType::kI32, torch::kInt32},
     {TensorType::kI64, torch::kInt64},
     {TensorType::kF16, torch::kFloat16},
     {TensorType::kBF16, torch::kBFloat16},
     {TensorType::kF32, torch::kFloat32},
     {TensorType::kF64, torch::kFloat64}}};

torch::ScalarType scalar_type(TensorType type) {
  const auto found =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& t) { return t.first == type; });
  if (found == kTypes.end())
    throw std::runtime_error("tensors of type " + std::string(to_string(type)) + " are unknown to LibTorch");
  return found->second;
}

class ContentHash {
 public:
  void add(std::uint64_t word) {
    state_ = (state_ ^ word) * kFnvPrime;
    state_ ^= state_ >> 29;
  }
  void add(std::span<const std::byte> bytes) {  // eight at a time
    std::size_t i = 0;
    for (; i + 8 <= bytes.size(); i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + i, 8);
      add(word);
    }
    for (; i < bytes.size(); ++i) add(static_cast<std::uint64_t>(bytes[i]));
  }
  std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = kFnvStart;
};

std::span<const std::byte> bytes_of(const torch::Tensor& contiguous) {
  return {static_cast<const std::byte*>(contiguous.data_ptr()), contiguous.nbytes()};
}

// What torch.save wrote before PyTorch 1.6: a pickle that begins with an integer of ten bytes.
bool is_legacy_pickle(std::span<const std::byte> bytes) {
  constexpr std::array kStart{std::byte{0x80}, std::byte{0x02}, std::byte{0x8a}, std::byte{0x0a}};
  return bytes.size() >= kStart.size() && std::equal(kStart.begin(), kStart.end(), bytes.begin());
}

}  // namespace

torch::Tensor to_tensor(const TensorView& view) {
  torch::Tensor tensor = torch::empty(view.shape, torch::TensorOptions(scalar_type(view.type)));
  if (!view.bytes.empty()) std::memcpy(tensor.data_ptr(), view.bytes.data(), view.bytes.size());
  return tensor;
}

torch::Tensor to_tensor(const StridedView& view) {
  if (view.is_contiguous()) return to_tensor(TensorView{view.type, view.shape, view.bytes});
  const auto elements = static_cast<std::int64_t>(view.bytes.size() / size_of(view.type));
  const torch::Tensor storage = to_tensor(TensorView{view.type, {elements}, view.bytes});
  return storage.as_strided(view.shape, view.strides).contiguous();
}

TensorView to_view(const torch::Tensor& tensor) {
  const auto found = std::find_if(kTypes.begin(), kTypes.end(),
                                  [&](const auto& t) { return t.second == tensor.scalar_type(); });
  if (found == kTypes.end() || !tensor.is_contiguous() || !tensor.device().is_cpu())
    throw std::invalid_argument("to_view: a contiguous CPU tensor of a plain type is needed");
  return {found->first, tensor.sizes().vec(), bytes_of(tensor)};
}

StateDict load_state_dict(const std::filesystem::path& file) {
  StateDict tensors;
  if (is_zip_archive(MappedFile(file).bytes())) {
    const TorchArchive archive(file);
    for (const auto& [name, view] : archive.tensors()) tensors.emplace(name, to_tensor(view));
    return tensors;
  }
  if (is_legacy_pickle(MappedFile(file).bytes()))
    throw std::runtime_error(file.string() +
                             ": is of the format before PyTorch 1.6; load it there and torch.save it again");
  const SafetensorsFile mapped(file);
  for (const auto& [name, view] : mapped.tensors()) tensors.emplace(name, to_tensor(view));
  return tensors;
}

StateDict without_prefix(const StateDict& tensors, const std::string& prefix) {
  StateDict result;
  for (auto entry = tensors.lower_bound(prefix); entry != tensors.end() && entry->first.starts_with(prefix);
       ++entry)
    result.emplace(entry->first.substr(prefix.size()), entry->second);
  return result;
}

std::string content_hash(const StateDict& tensors) {
  ContentHash hash;
  for (const auto& [name, tensor] : tensors) {
    hash.add(std::as_bytes(std::span(name)));
    for (const std::int64_t side : tensor.sizes()) hash.add(static_cast<std::uint64_t>(side));
    hash.add(bytes_of(tensor.contiguous()));
  }
  return fmt::format("{:016x}", hash.value());
}

}  // namespace funcorr
