#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "db/format/mapped_file.h"

namespace funcorr {

// The safetensors format (huggingface.co/docs/safetensors): eight bytes of header length, a JSON header with
// name → dtype, shape and offsets, then the tensors' bytes, C order, little endian. No LibTorch here.

enum class TensorType { kBool, kU8, kI8, kI16, kU16, kF16, kBF16, kI32, kU32, kF32, kF64, kI64, kU64 };
std::string_view to_string(TensorType type);  // as the format spells it: "BF16"
std::size_t size_of(TensorType type);         // bytes of an element

// The type whose elements are T; halves have none (read them as their bits, uint16_t).
template <typename T>
constexpr TensorType tensor_type_of() {
  static_assert(std::is_arithmetic_v<T> && sizeof(T) <= 8);
  if constexpr (std::is_same_v<T, bool>) return TensorType::kBool;
  if constexpr (std::is_floating_point_v<T>) return sizeof(T) == 4 ? TensorType::kF32 : TensorType::kF64;
  constexpr bool is_signed = std::is_signed_v<T>;
  if constexpr (sizeof(T) == 1) return is_signed ? TensorType::kI8 : TensorType::kU8;
  if constexpr (sizeof(T) == 2) return is_signed ? TensorType::kI16 : TensorType::kU16;
  if constexpr (sizeof(T) == 4) return is_signed ? TensorType::kI32 : TensorType::kU32;
  return is_signed ? TensorType::kI64 : TensorType::kU64;
}

// A tensor in memory that somebody else owns.
struct TensorView {
  TensorType type = TensorType::kU8;
  std::vector<std::int64_t> shape;  // empty: a scalar
  std::span<const std::byte> bytes;

  std::int64_t size() const;  // number of elements

  // The elements in place. Throws std::runtime_error where T is not the type (uint16_t reads halves' bits) or
  // the bytes are not aligned for it, which only files of other writers can be: copy() takes those too.
  template <typename T>
  std::span<const T> as() const {
    check_type(tensor_type_of<T>(), alignof(T));
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  template <typename T>
  std::vector<T> copy() const {
    static_assert(!std::is_same_v<T, bool>, "std::vector<bool> has no bytes");
    check_type(tensor_type_of<T>(), 1);
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
  template <typename T>
  static TensorView of(std::span<const T> values, std::vector<std::int64_t> shape) {
    return {tensor_type_of<T>(), std::move(shape), std::as_bytes(values)};
  }

 private:
  void check_type(TensorType wanted, std::size_t alignment) const;
};

// A file mapped into memory; its views live as long as it. Nothing of the header is believed: its length,
// every dtype, dtype × shape against the offsets, and that the tensors fill the data without holes and
// overlaps, as the format demands. Headers of more than 16 MB are refused. Throws std::runtime_error that
// names the file, the tensor and what is wrong. Thread-safe once made.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& file);

  const std::map<std::string, TensorView>& tensors() const { return tensors_; }
  bool contains(const std::string& name) const { return tensors_.contains(name); }
  // Throws std::runtime_error that names file and tensor where it is absent.
  const TensorView& at(const std::string& name) const;
  // Likewise, and where type or shape are others; −1 in `shape` takes any length.
  const TensorView& at(const std::string& name, TensorType type,
                       const std::vector<std::int64_t>& shape) const;
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
  MappedFile mapping_;
  std::map<std::string, TensorView> tensors_;
  std::map<std::string, std::string> metadata_;
};

// Writes (over) a file: equal content gives equal bytes. Widest elements first, then by name, the data at a
// multiple of 64 bytes, so that every tensor is aligned for its type. Throws std::invalid_argument for a
// tensor whose bytes do not fit its shape, std::runtime_error naming the file when it cannot be written.
void write_safetensors(const std::filesystem::path& file, const std::map<std::string, TensorView>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace funcorr
