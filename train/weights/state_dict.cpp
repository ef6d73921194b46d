#include "train/weights/state_dict.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "db/format/hash.h"
#include "db/format/json.h"
#include "db/format/mapped_file.h"
#include "db/format/stand_in.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

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

constexpr std::string_view kIndexSuffix = ".index.json";
constexpr std::int64_t kLargestIndex = 16 << 20;

// The weights of a folder, by the names that Hugging Face's libraries look for, in their order; else its one
// index.
fs::path weights_of_folder(const fs::path& folder) {
  for (const char* name : {"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
                           "pytorch_model.bin.index.json"})
    if (fs::exists(folder / name)) return folder / name;
  std::vector<fs::path> indices;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path().string().ends_with(kIndexSuffix)) indices.push_back(entry.path());
  if (indices.size() == 1) return indices[0];
  throw std::runtime_error(
      folder.string() +
      ": is not a regular file but a folder, without model.safetensors, pytorch_model.bin "
      "or one *.index.json");
}

void refuse_stand_in(const fs::path& file, std::span<const std::byte> bytes) {
  if (const std::string stand_in = stand_in_for_file(bytes); !stand_in.empty())
    throw std::runtime_error(file.string() + ": " + stand_in);
}

StateDict load_file(const fs::path& file) {
  const MappedFile mapped(file);
  refuse_stand_in(file, mapped.bytes());
  StateDict tensors;
  if (is_torch_file(mapped.bytes())) {
    const TorchArchive archive(file);
    for (const auto& [name, view] : archive.tensors()) tensors.emplace(name, to_tensor(view));
  } else {
    const SafetensorsFile safetensors(file);
    for (const auto& [name, view] : safetensors.tensors()) tensors.emplace(name, to_tensor(view));
  }
  return tensors;
}

// Weights cut into several files, by Hugging Face's index: {"weight_map": {tensor: the file beside the
// index}}.
StateDict load_sharded(const fs::path& index) {
  nlohmann::json document;
  try {
    document = read_json(index, kLargestIndex);
  } catch (const std::runtime_error&) {
    refuse_stand_in(index, MappedFile(index).bytes());
    throw;
  }
  const auto map = document.is_object() ? document.find("weight_map") : document.end();
  if (map == document.end() || !map->is_object())
    throw std::runtime_error(index.string() + ": holds no object \"weight_map\"");
  std::map<std::string, StateDict> shards;
  StateDict tensors;
  for (const auto& [name, value] : map->items()) {
    const std::string shard = value.is_string() ? value.get<std::string>() : "";
    if (shard.empty() || fs::path(shard).filename() != shard)
      throw std::runtime_error(index.string() + ": tensor \"" + name + "\" is in " + json_text(value) +
                               "; the name of a file beside the index is expected");
    if (!shards.contains(shard)) shards[shard] = load_file(index.parent_path() / shard);
    const auto found = shards[shard].find(name);
    if (found == shards[shard].end())
      throw std::runtime_error(index.string() + ": tensor \"" + name + "\" is not in " + shard);
    tensors.insert(*found);
  }
  return tensors;
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

StateDict load_state_dict(const fs::path& path) {
  const fs::path file = fs::is_directory(path) ? weights_of_folder(path) : path;
  return file.string().ends_with(kIndexSuffix) ? load_sharded(file) : load_file(file);
}

StateDict without_prefix(const StateDict& tensors, const std::string& prefix) {
  StateDict result;
  for (auto entry = tensors.lower_bound(prefix); entry != tensors.end() && entry->first.starts_with(prefix);
       ++entry)
    result.emplace(entry->first.substr(prefix.size()), entry->second);
  return result;
}

std::optional<StateDict> unwrapped(const StateDict& tensors, const std::vector<std::string>& names) {
  const std::string& first = names.front();
  std::vector<std::string> prefixes;
  for (const auto& [name, tensor] : tensors) {
    if (!name.ends_with(first)) continue;
    const std::string prefix = name.substr(0, name.size() - first.size());
    if (prefix.empty() || prefix.back() == '.') prefixes.push_back(prefix);
  }
  std::erase_if(prefixes, [&](const std::string& prefix) {
    return !std::ranges::all_of(names,
                                [&](const std::string& name) { return tensors.contains(prefix + name); });
  });
  if (prefixes.empty()) return std::nullopt;
  if (std::ranges::count(prefixes, "") > 0) return tensors;
  if (prefixes.size() > 1) {
    std::vector<std::string> teachers;
    std::ranges::copy_if(prefixes, std::back_inserter(teachers), [](const std::string& prefix) {
      return ("." + prefix).find(".teacher.") != std::string::npos;
    });
    if (teachers.size() != 1)
      throw std::runtime_error(
          fmt::format("several models are there, below \"{}\"; keep one", fmt::join(prefixes, "\", \"")));
    prefixes = teachers;
  }
  return without_prefix(tensors, prefixes.front());
}

std::string names_of(const StateDict& tensors) {
  constexpr std::size_t kShown = 8;
  std::string text = fmt::format("of {} tensors", tensors.size());
  std::size_t shown = 0;
  for (const auto& [name, tensor] : tensors) {
    if (shown == kShown) return text + " …";
    text += fmt::format("{} \"{}\"", shown++ == 0 ? ":" : ",", name.substr(0, 80));
  }
  return text;
}

void check_finite(const torch::Tensor& tensor, const std::string& name) {
  if (!tensor.isfinite().all().item<bool>())
    throw std::runtime_error("tensor \"" + name + "\" holds values that are not finite");
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
