#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace funcorr {

// A NumPy array in C order, little endian. dtype as NumPy spells it without byte order:
// "f2","f4","f8","i1","i2","i4","i8","u1","u2","u4","u8","b1".
struct NpyArray {
  std::string dtype;
  std::vector<std::size_t> shape;
  std::vector<std::byte> bytes;

  std::size_t size() const;  // number of elements
  // Copies the elements out; throws std::runtime_error when T does not match dtype exactly.
  template <typename T>
  std::vector<T> as() const;
  // Converts any numeric dtype (half floats too) to double.
  std::vector<double> to_double() const;
  template <typename T>
  static NpyArray from(const std::vector<T>& values, std::vector<std::size_t> shape);
};

// Errors name the file and what is wrong with it; sizes are checked against the file's before allocation.
NpyArray load_npy(const std::filesystem::path& file);
void save_npy(const std::filesystem::path& file, const NpyArray& array);
// .npz: stored or deflated members; Fortran order is transposed on reading. save_npz: `compress` deflates
// (zlib level 6). Byte-identical for equal content.
std::map<std::string, NpyArray> load_npz(const std::filesystem::path& file);
void save_npz(const std::filesystem::path& file, const std::map<std::string, NpyArray>& arrays,
              bool compress = true);

}  // namespace funcorr
