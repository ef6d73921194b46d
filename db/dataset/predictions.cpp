#include "db/dataset/predictions.h"

#include <stdexcept>

#include "db/dataset/array_file.h"
#include "db/dataset/rowcol.h"

namespace funcorr {
namespace {

constexpr const char *kInImage1 = "transfer_rowcol_1", *kInImage2 = "transfer_rowcol_2";
constexpr const char *kFound1 = "discovered_rowcol_1", *kFound2 = "discovered_rowcol_2";

}  // namespace

std::filesystem::path predictions_path(const Workspace& workspace, const std::string& row,
                                       const std::string& pair_id) {
  return workspace.eval() / "predictions" / row / (pair_id + ".npz");
}

void save_predictions(const std::filesystem::path& file, const Predictions& predictions) {
  std::vector<Pixel> found_1, found_2;
  for (const PixelPair& pair : predictions.discovered) {
    found_1.push_back(pair.first);
    found_2.push_back(pair.second);
  }
  save_npz(file, {{kInImage2, rowcol_array(predictions.in_image_2)},
                  {kInImage1, rowcol_array(predictions.in_image_1)},
                  {kFound1, rowcol_array(found_1)},
                  {kFound2, rowcol_array(found_2)}});
}

Predictions load_predictions(const std::filesystem::path& file) {
  const ArrayFile arrays(file);
  Predictions read{arrays.read_pixels(kInImage2), arrays.read_pixels(kInImage1), {}};
  if (!arrays.contains(kFound1)) return read;
  const std::vector<Pixel> found_1 = arrays.read_pixels(kFound1), found_2 = arrays.read_pixels(kFound2);
  if (found_1.size() != found_2.size())
    throw std::runtime_error(file.string() + ": discovered pairs have different numbers of ends");
  for (std::size_t i = 0; i < found_1.size(); ++i) read.discovered.push_back({found_1[i], found_2[i]});
  return read;
}

}  // namespace funcorr
