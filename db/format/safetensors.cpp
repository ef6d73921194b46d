#include "db/format/safetensors.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace funcorr {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are mapped as they lie in the file");

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kLengthBytes = 8, kDataAlignment = 64;
constexpr std::uint64_t kLongestHeader = 16 << 20;
constexpr const char* kMetadata = "__metadata__";

struct TypeName {
  TensorType type;
  std::string_view name;
  std::size_t bytes;
};
constexpr std::array<TypeName, 13> kTypes{{{TensorType::kBool, "BOOL", 1},
                                           {TensorType::kU8, "U8", 1},
                                           {TensorType::kI8, "I8", 1},
                                           {TensorType::kI16, "I16", 2},
                                           {TensorType::kU16, "U16", 2},
                                           {TensorType::kF16, "F16", 2},
                                           {TensorType::kBF16, "BF16", 2},
                                           {TensorType::kI32, "I32", 4},
                                           {TensorType::kU32, "U32", 4},
                                           {TensorType::kF32, "F32", 4},
                                           {TensorType::kF64, "F64", 8},
                                           {TensorType::kI64, "I64", 8},
                                           {TensorType::kU64, "U64", 8}}};

const TypeName& entry_of(TensorType type) {
  return *std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeName& t) { return t.type == type; });
}

std::optional<std::uint64_t> product(std::uint64_t a, std::uint64_t b) {
  if (b != 0 && a > std::numeric_limits<std::uint64_t>::max() / b) return std::nullopt;
  return a * b;
}

// Bytes of a tensor; nothing where they cannot be counted in 63 bits.
std::optional<std::uint64_t> bytes_of(TensorType type, const std::vector<std::int64_t>& shape) {
  std::uint64_t bytes = size_of(type);
  for (const std::int64_t side : shape) {
    const auto next = product(bytes, static_cast<std::uint64_t>(side));
    if (side < 0 || !next) return std::nullopt;
    bytes = *next;
  }
  if (bytes > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  return bytes;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

// The header as JSON; a name that stands twice is an error, which nlohmann's own reading would hide.
json parse_header(std::string_view text) {
  std::set<std::string> names;
  const auto refuse_twins = [&](int depth, json::parse_event_t event, json& value) {
    if (depth == 1 && event == json::parse_event_t::key && !names.insert(value.get<std::string>()).second)
      throw std::runtime_error("\"" + value.get<std::string>() + "\" stands twice in its header");
    return true;
  };
  json header = json::parse(text, refuse_twins, false);
  if (!header.is_object()) throw std::runtime_error("its header is no JSON object");
  return header;
}

// A field that must be an array of non-negative integers.
std::vector<std::int64_t> counts(const json& entry, const char* field) {
  const auto found = entry.find(field);
  if (found == entry.end() || !found->is_array())
    throw std::runtime_error(fmt::format("\"{}\" must be an array", field));
  std::vector<std::int64_t> values;
  for (const json& value : *found) {
    if (!value.is_number_unsigned() ||
        value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      throw std::runtime_error(fmt::format("\"{}\" must hold non-negative integers", field));
    values.push_back(value.get<std::int64_t>());
  }
  return values;
}

TensorType type_from(const json& entry) {
  const auto found = entry.find("dtype");
  if (found == entry.end() || !found->is_string()) throw std::runtime_error("\"dtype\" must be a text");
  const auto name = found->get<std::string>();
  for (const TypeName& type : kTypes)
    if (type.name == name) return type.type;
  throw std::runtime_error("the dtype " + name + " is not supported");
}

TensorView tensor_from(const json& entry, std::span<const std::byte> data) {
  if (!entry.is_object()) throw std::runtime_error("its entry is no object");
  TensorView tensor;
  tensor.type = type_from(entry);
  tensor.shape = counts(entry, "shape");
  const std::vector<std::int64_t> offsets = counts(entry, "data_offsets");
  if (offsets.size() != 2 || offsets[0] > offsets[1] || static_cast<std::uint64_t>(offsets[1]) > data.size())
    throw std::runtime_error(
        fmt::format("data_offsets {} do not lie in the {} bytes of data", shape_text(offsets), data.size()));
  const auto bytes = bytes_of(tensor.type, tensor.shape);
  if (!bytes || *bytes != static_cast<std::uint64_t>(offsets[1] - offsets[0]))
    throw std::runtime_error(fmt::format("{} {} does not take the {} bytes of its data_offsets",
                                         to_string(tensor.type), shape_text(tensor.shape),
                                         offsets[1] - offsets[0]));
  tensor.bytes = data.subspan(static_cast<std::size_t>(offsets[0]), static_cast<std::size_t>(*bytes));
  return tensor;
}

std::map<std::string, std::string> metadata_from(const json& entry) {
  std::map<std::string, std::string> metadata;
  if (!entry.is_object()) throw std::runtime_error("__metadata__ is no object");
  for (const auto& [name, value] : entry.items()) {
    if (!value.is_string()) throw std::runtime_error("__metadata__ \"" + name + "\" is no text");
    metadata[name] = value.get<std::string>();
  }
  return metadata;
}

// Every byte of the data belongs to exactly one tensor.
void check_tiling(const std::map<std::string, TensorView>& tensors, std::span<const std::byte> data) {
  std::vector<std::pair<const std::byte*, const std::pair<const std::string, TensorView>*>> in_order;
  for (const auto& entry : tensors) in_order.push_back({entry.second.bytes.data(), &entry});
  std::sort(in_order.begin(), in_order.end(), [](const auto& a, const auto& b) {
    return std::pair{a.first, a.second->second.bytes.size()} <
           std::pair{b.first, b.second->second.bytes.size()};
  });
  const std::byte* end = data.data();
  for (const auto& [begin, entry] : in_order) {
    if (begin != end)
      throw std::runtime_error(fmt::format("tensor \"{}\" {} the one before it", entry->first,
                                           begin < end ? "overlaps" : "leaves a hole after"));
    end = begin + entry->second.bytes.size();
  }
  if (end != data.data() + data.size())
    throw std::runtime_error(
        fmt::format("{} bytes at its end belong to no tensor", data.data() + data.size() - end));
}

// Order of the data: by size of element, so that all are aligned, then by name.
std::vector<std::pair<std::string, TensorView>> in_file_order(
    const std::map<std::string, TensorView>& tensors) {
  std::vector<std::pair<std::string, TensorView>> ordered(tensors.begin(), tensors.end());
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    return size_of(a.second.type) > size_of(b.second.type);
  });
  return ordered;
}

std::string header_of(const std::vector<std::pair<std::string, TensorView>>& ordered,
                      const std::map<std::string, std::string>& metadata) {
  json header = json::object();
  if (!metadata.empty()) header[kMetadata] = metadata;
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : ordered) {
    const auto bytes = bytes_of(tensor.type, tensor.shape);
    if (name == kMetadata || !bytes || *bytes != tensor.bytes.size())
      throw std::invalid_argument(fmt::format("tensor \"{}\": {} bytes for {} {}", name, tensor.bytes.size(),
                                              to_string(tensor.type), shape_text(tensor.shape)));
    header[name] = {{"dtype", to_string(tensor.type)},
                    {"shape", tensor.shape},
                    {"data_offsets", {offset, offset + *bytes}}};
    offset += *bytes;
  }
  std::string text = header.dump();
  text.resize(
      (kLengthBytes + text.size() + kDataAlignment - 1) / kDataAlignment * kDataAlignment - kLengthBytes,
      ' ');
  return text;
}

}  // namespace

std::string_view to_string(TensorType type) { return entry_of(type).name; }
std::size_t size_of(TensorType type) { return entry_of(type).bytes; }

std::int64_t TensorView::size() const { return static_cast<std::int64_t>(bytes.size() / size_of(type)); }

void TensorView::check_type(TensorType wanted, std::size_t alignment) const {
  const bool halves_as_bits =
      wanted == TensorType::kU16 && (type == TensorType::kF16 || type == TensorType::kBF16);
  const bool bytes_of_bool = wanted == TensorType::kU8 && type == TensorType::kBool;
  if (type != wanted && !halves_as_bits && !bytes_of_bool)
    throw std::runtime_error(fmt::format("a tensor of {} is read as {}", to_string(type), to_string(wanted)));
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignment != 0)
    throw std::runtime_error(fmt::format("a tensor of {} is not aligned for it", to_string(type)));
}

SafetensorsFile::SafetensorsFile(const fs::path& file) : file_(file), mapping_(file) {
  const std::span<const std::byte> bytes = mapping_.bytes();
  if (bytes.size() < kLengthBytes)
    throw std::runtime_error(file.string() + " is too short to be a safetensors file");
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, bytes.data(), kLengthBytes);
  if (header_bytes > kLongestHeader || header_bytes > bytes.size() - kLengthBytes)
    throw std::runtime_error(fmt::format("{} is no safetensors file: a header of {} bytes does not fit",
                                         file.string(), header_bytes));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, header_bytes);
  const auto data = bytes.subspan(kLengthBytes + static_cast<std::size_t>(header_bytes));
  try {
    const json header = parse_header(text);
    for (const auto& [name, entry] : header.items()) {
      if (name == kMetadata) {
        metadata_ = metadata_from(entry);
        continue;
      }
      try {
        tensors_.emplace(name, tensor_from(entry, data));
      } catch (const std::runtime_error& error) {
        throw std::runtime_error("tensor \"" + name + "\": " + error.what());
      }
    }
    check_tiling(tensors_, data);
  } catch (const std::exception& error) {
    throw std::runtime_error(file.string() + ": " + error.what());
  }
}

const TensorView& SafetensorsFile::at(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) throw std::runtime_error(file_.string() + " has no tensor \"" + name + "\"");
  return found->second;
}

const TensorView& SafetensorsFile::at(const std::string& name, TensorType type,
                                      const std::vector<std::int64_t>& shape) const {
  const TensorView& tensor = at(name);
  const bool fits =
      std::equal(shape.begin(), shape.end(), tensor.shape.begin(), tensor.shape.end(),
                 [](std::int64_t wanted, std::int64_t found) { return wanted < 0 || wanted == found; });
  if (tensor.type != type || !fits)
    throw std::runtime_error(fmt::format("{}, tensor \"{}\": {} {} where {} {} is expected", file_.string(),
                                         name, to_string(tensor.type), shape_text(tensor.shape),
                                         to_string(type), shape_text(shape)));
  return tensor;
}

void write_safetensors(const fs::path& file, const std::map<std::string, TensorView>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  const auto ordered = in_file_order(tensors);
  const std::string header = header_of(ordered, metadata);
  const std::uint64_t header_bytes = header.size();
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  const auto put = [&](std::span<const std::byte> bytes) {
    stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  };
  put(std::as_bytes(std::span(&header_bytes, 1)));
  put(std::as_bytes(std::span(header)));
  for (const auto& [name, tensor] : ordered) put(tensor.bytes);
  stream.close();
  if (!stream)
    throw std::runtime_error("cannot write " + file.string() + ": " + std::generic_category().message(errno));
}

}  // namespace funcorr
