#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "db/dataset/pixel.h"
#include "db/format/npy.h"
#include "db/format/vector.h"

namespace funcorr {

// The arrays of a .npz file, by name. All but contains() throw std::runtime_error that names the file and the
// array where it is absent, of another type or of another shape.
class ArrayFile {
 public:
  explicit ArrayFile(std::filesystem::path file);

  bool contains(const std::string& name) const { return arrays_.contains(name); }
  template <typename T>
  std::vector<T> read(const std::string& name) const {  // [n]
    return read(name, [](const NpyArray& array) { return array.as<T>(); });
  }
  std::vector<Vec3f> read_vectors(const std::string& name) const;  // float [n, 3]
  std::vector<Pixel> read_pixels(const std::string& name) const;   // [n, 2] (row, column)
  void require_rows(const std::string& name, std::size_t rows) const;

 private:
  const NpyArray& at(const std::string& name) const;
  [[noreturn]] void fail(const std::string& name, const std::string& what) const;

  template <typename Convert>
  auto read(const std::string& name, const Convert& convert) const {
    const NpyArray& array = at(name);
    try {
      return convert(array);
    } catch (const std::runtime_error& error) {
      fail(name, error.what());
    }
  }

  std::filesystem::path file_;
  std::map<std::string, NpyArray> arrays_;
};

// float [n, 3]
NpyArray vectors_array(const std::vector<Vec3f>& vectors);

}  // namespace funcorr
