#include "db/dataset/predictions.h"

#include "db/dataset/array_file.h"
#include "db/dataset/rowcol.h"

namespace funcorr {
namespace {

constexpr const char *kInImage1 = "transfer_rowcol_1", *kInImage2 = "transfer_rowcol_2";

}  // namespace

std::filesystem::path predictions_path(const Workspace& workspace, const std::string& row,
                                       const std::string& pair_id) {
  return workspace.eval() / "predictions" / row / (pair_id + ".npz");
}

void save_predictions(const std::filesystem::path& file, const Predictions& predictions) {
  save_npz(file, {{kInImage2, rowcol_array(predictions.in_image_2)},
                  {kInImage1, rowcol_array(predictions.in_image_1)}});
}

Predictions load_predictions(const std::filesystem::path& file) {
  const ArrayFile arrays(file);
  return {arrays.read_pixels(kInImage2), arrays.read_pixels(kInImage1)};
}

}  // namespace funcorr
