#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "db/dataset/pixel.h"
#include "db/dataset/workspace.h"

namespace funcorr {

// Where a row of the results table sends the ground-truth pixels of a pair by label transfer; row i of both
// is pair i of the pair's file. And the best pairs that it discovers by itself.
struct Predictions {
  std::vector<Pixel> in_image_2;        // of image 1's pixels
  std::vector<Pixel> in_image_1;        // of image 2's pixels
  std::vector<PixelPair> discovered{};  // from image 1 to image 2, best first
};

// eval/predictions/<row>/<pair id>.npz: transfer_rowcol_2 and transfer_rowcol_1, int16 [n, 2], (row, column)
// in the crops; discovered_rowcol_1 and discovered_rowcol_2 likewise, [m, 2], which older files lack.
std::filesystem::path predictions_path(const Workspace& workspace, const std::string& row,
                                       const std::string& pair_id);
void save_predictions(const std::filesystem::path& file, const Predictions& predictions);
// Throws std::runtime_error that names the file and what is wrong with it.
Predictions load_predictions(const std::filesystem::path& file);

}  // namespace funcorr
