#include "db/dataset/rowcol.h"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace funcorr {
namespace {

std::int16_t narrow(std::int32_t coordinate) {
  using Limits = std::numeric_limits<std::int16_t>;
  if (coordinate < Limits::min() || coordinate > Limits::max())
    throw std::invalid_argument("pixel coordinate " + std::to_string(coordinate) + " does not fit a file");
  return static_cast<std::int16_t>(coordinate);
}

}  // namespace

NpyArray rowcol_array(const std::vector<Pixel>& pixels) {
  std::vector<std::int16_t> values;
  values.reserve(2 * pixels.size());
  for (const Pixel& pixel : pixels) {
    values.push_back(narrow(pixel.y));
    values.push_back(narrow(pixel.x));
  }
  return NpyArray::from(values, {pixels.size(), 2});
}

std::vector<Pixel> pixels_of_rowcol(const NpyArray& rowcol) {
  if (rowcol.shape.size() != 2 || rowcol.shape[1] != 2)
    throw std::runtime_error("rows of (row, column) are expected");
  std::vector<Pixel> pixels;
  pixels.reserve(rowcol.shape[0]);
  if (rowcol.dtype == npy_dtype<std::int16_t>()) {
    const auto values = rowcol.as<std::int16_t>();
    for (std::size_t i = 0; i < values.size(); i += 2) pixels.push_back({values[i + 1], values[i]});
    return pixels;
  }
  const std::vector<double> values = rowcol.to_double();
  const auto rounded = [&](std::size_t i) { return static_cast<std::int32_t>(std::lround(values[i])); };
  for (std::size_t i = 0; i < values.size(); i += 2) pixels.push_back({rounded(i + 1), rounded(i)});
  return pixels;
}

}  // namespace funcorr
