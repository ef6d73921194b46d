#include "db/dataset/array_file.h"

#include <utility>

#include "db/dataset/rowcol.h"

namespace funcorr {

ArrayFile::ArrayFile(std::filesystem::path file) : file_(std::move(file)), arrays_(load_npz(file_)) {}

std::vector<Vec3f> ArrayFile::read_vectors(const std::string& name) const {
  return read(name, [](const NpyArray& array) {
    if (array.shape.size() != 2 || array.shape[1] != 3)
      throw std::runtime_error("rows of (x, y, z) are expected");
    const auto values = array.as<float>();
    std::vector<Vec3f> vectors;
    vectors.reserve(values.size() / 3);
    for (std::size_t i = 0; i < values.size(); i += 3)
      vectors.push_back({values[i], values[i + 1], values[i + 2]});
    return vectors;
  });
}

std::vector<Pixel> ArrayFile::read_pixels(const std::string& name) const {
  return read(name, pixels_of_rowcol);
}

void ArrayFile::require_rows(const std::string& name, std::size_t rows) const {
  const NpyArray& array = at(name);
  const std::size_t found = array.shape.empty() ? 0 : array.shape.front();
  if (found != rows)
    fail(name, "it has " + std::to_string(found) + " rows, " + std::to_string(rows) + " are expected");
}

const NpyArray& ArrayFile::at(const std::string& name) const {
  const auto found = arrays_.find(name);
  if (found == arrays_.end()) throw std::runtime_error(file_.string() + " has no array \"" + name + "\"");
  return found->second;
}

void ArrayFile::fail(const std::string& name, const std::string& what) const {
  throw std::runtime_error(file_.string() + ", array \"" + name + "\": " + what);
}

NpyArray vectors_array(const std::vector<Vec3f>& vectors) {
  std::vector<float> values;
  values.reserve(3 * vectors.size());
  for (const Vec3f& vector : vectors) values.insert(values.end(), {vector.x, vector.y, vector.z});
  return NpyArray::from(values, {vectors.size(), 3});
}

}  // namespace funcorr
