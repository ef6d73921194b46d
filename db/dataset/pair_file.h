#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "db/dataset/pixel.h"

namespace funcorr {

// Where the pairs of a trial lie, relative to the workspace: eval/pairs/<annotated pair>/trial_<k>.npz.
std::filesystem::path pair_path(const std::string& annotated_pair, int trial);

// Correspondences on disk (.npz): rowcol_1 and rowcol_2, int16 [n, 2], (row, column) in the crops of image 1
// and image 2; row i of one belongs to row i of the other.
void save_pair_file(const std::filesystem::path& file, const std::vector<PixelPair>& pairs);
// Throws std::runtime_error that names the file where an array is missing, empty, or the two differ in
// length.
std::vector<PixelPair> load_pair_file(const std::filesystem::path& file);

}  // namespace funcorr
