#include "db/dataset/pair_file.h"

#include <cmath>
#include <stdexcept>

namespace funcorr {

NpyArray rowcol_array(const std::vector<Pixel>& pixels) {
  std::vector<std::int16_t> values;
  values.reserve(2 * pixels.size());
  for (const Pixel& pixel : pixels) {
    values.push_back(static_cast<std::int16_t>(pixel.y));
    values.push_back(static_cast<std::int16_t>(pixel.x));
  }
  return NpyArray::from(values, {pixels.size(), 2});
}

std::vector<Pixel> pixels_of_rowcol(const NpyArray& rowcol) {
  if (rowcol.shape.size() != 2 || rowcol.shape[1] != 2)
    throw std::runtime_error("rows of (row, column) are expected");
  const std::vector<double> values = rowcol.to_double();
  std::vector<Pixel> pixels;
  pixels.reserve(values.size() / 2);
  for (std::size_t i = 0; i + 1 < values.size(); i += 2)
    pixels.push_back({static_cast<std::int32_t>(std::lround(values[i + 1])),
                      static_cast<std::int32_t>(std::lround(values[i]))});
  return pixels;
}

std::filesystem::path pair_path(const std::string& annotated_pair, int trial) {
  return std::filesystem::path("eval") / "pairs" / annotated_pair /
         ("trial_" + std::to_string(trial) + ".npz");
}

void save_pair_file(const std::filesystem::path& file, const std::vector<PixelPair>& pairs) {
  std::vector<Pixel> first, second;
  for (const PixelPair& pair : pairs) {
    first.push_back(pair.first);
    second.push_back(pair.second);
  }
  save_npz(file, {{"rowcol_1", rowcol_array(first)}, {"rowcol_2", rowcol_array(second)}});
}

std::vector<PixelPair> load_pair_file(const std::filesystem::path& file) {
  const auto arrays = load_npz(file);
  const auto side = [&](const char* name) {
    const auto found = arrays.find(name);
    if (found == arrays.end()) throw std::runtime_error(file.string() + ": " + name + " is missing");
    try {
      return pixels_of_rowcol(found->second);
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(file.string() + ", " + name + ": " + error.what());
    }
  };
  const std::vector<Pixel> first = side("rowcol_1"), second = side("rowcol_2");
  if (first.size() != second.size() || first.empty())
    throw std::runtime_error(file.string() + ": rowcol_1 and rowcol_2 must have equal length, at least one");
  std::vector<PixelPair> pairs;
  for (std::size_t i = 0; i < first.size(); ++i) pairs.push_back({first[i], second[i]});
  return pairs;
}

}  // namespace funcorr
