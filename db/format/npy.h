#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace funcorr {

// A NumPy array in C order, little endian. dtype as NumPy spells it without byte order:
// "f2","f4","f8","i1","i2","i4","i8","u1","u2","u4","u8","b1".
struct NpyArray {
  std::string dtype;
  std::vector<std::size_t> shape;
  std::vector<std::byte> bytes;

  std::size_t size() const;  // number of elements
  // Copies the elements out; throws std::runtime_error when T does not match dtype exactly (uint8_t reads
  // "b1" too; there is no C++ type for "f2": see to_double).
  template <typename T>
  std::vector<T> as() const;
  // Converts any numeric dtype (half floats too) to double.
  std::vector<double> to_double() const;
  template <typename T>
  static NpyArray from(const std::vector<T>& values, std::vector<std::size_t> shape);
};

// IEEE 754 binary16 → binary64, exact; and back, rounding to nearest even.
double double_from_half(std::uint16_t bits);
std::uint16_t half_from_float(float value);

// Errors name the file and what is wrong with it; sizes are checked against the file's before allocation.
NpyArray load_npy(const std::filesystem::path& file);
void save_npy(const std::filesystem::path& file, const NpyArray& array);
// The same on memory; `name` is what errors call it.
NpyArray decode_npy(std::span<const std::byte> data, const std::string& name);
std::vector<std::byte> encode_npy(const NpyArray& array);
// .npz: stored or deflated members; Fortran order is transposed on reading. save_npz: `compress` deflates
// (zlib level 6). Byte-identical for equal content.
std::map<std::string, NpyArray> load_npz(const std::filesystem::path& file);
void save_npz(const std::filesystem::path& file, const std::map<std::string, NpyArray>& arrays,
              bool compress = true);

// NumPy's name of T: "f4" for float …
template <typename T>
std::string npy_dtype() {
  static_assert(std::is_arithmetic_v<T> && !std::is_same_v<T, long double>);
  const char kind = std::is_same_v<T, bool>       ? 'b'
                    : std::is_floating_point_v<T> ? 'f'
                    : std::is_signed_v<T>         ? 'i'
                                                  : 'u';
  return {kind, static_cast<char>('0' + sizeof(T))};
}

template <typename T>
std::vector<T> NpyArray::as() const {
  static_assert(!std::is_same_v<T, bool>, "std::vector<bool> has no bytes: read b1 as uint8_t");
  const std::string wanted = npy_dtype<T>();
  if (dtype != wanted && !(dtype == "b1" && wanted == "u1"))
    throw std::runtime_error("array of dtype " + dtype + " read as " + wanted);
  if (bytes.size() != size() * sizeof(T)) throw std::runtime_error("array's bytes do not match its shape");
  std::vector<T> values(size());
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

template <typename T>
NpyArray NpyArray::from(const std::vector<T>& values, std::vector<std::size_t> shape) {
  static_assert(!std::is_same_v<T, bool>, "std::vector<bool> has no bytes");
  NpyArray array{npy_dtype<T>(), std::move(shape), std::vector<std::byte>(values.size() * sizeof(T))};
  if (array.size() != values.size())
    throw std::invalid_argument("NpyArray::from: " + std::to_string(values.size()) +
                                " values for a shape of " + std::to_string(array.size()));
  if (!values.empty()) std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
  return array;
}

}  // namespace funcorr
