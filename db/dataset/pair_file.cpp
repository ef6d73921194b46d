#include "db/dataset/pair_file.h"

#include <stdexcept>

#include "db/dataset/array_file.h"
#include "db/dataset/rowcol.h"
#include "db/dataset/workspace.h"

namespace funcorr {
namespace {

constexpr const char *kFirst = "rowcol_1", *kSecond = "rowcol_2";

}  // namespace

std::filesystem::path pair_path(const std::string& annotated_pair, int trial) {
  return Workspace{}.eval() / "pairs" / annotated_pair / ("trial_" + std::to_string(trial) + ".npz");
}

void save_pair_file(const std::filesystem::path& file, const std::vector<PixelPair>& pairs) {
  std::vector<Pixel> first, second;
  for (const PixelPair& pair : pairs) {
    first.push_back(pair.first);
    second.push_back(pair.second);
  }
  save_npz(file, {{kFirst, rowcol_array(first)}, {kSecond, rowcol_array(second)}});
}

std::vector<PixelPair> load_pair_file(const std::filesystem::path& file) {
  const ArrayFile arrays(file);
  const std::vector<Pixel> first = arrays.read_pixels(kFirst), second = arrays.read_pixels(kSecond);
  arrays.require_rows(kSecond, first.size());
  if (first.empty()) throw std::runtime_error(file.string() + ": there is no pair in it");
  std::vector<PixelPair> pairs;
  for (std::size_t i = 0; i < first.size(); ++i) pairs.push_back({first[i], second[i]});
  return pairs;
}

}  // namespace funcorr
