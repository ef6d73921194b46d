#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "db/dataset/record/box.h"
#include "db/dataset/run_length_mask.h"

namespace funcorr {

// What a segmentation server cut out for a box of a labelling view.
struct Segment {
  int view = 0, pass = 1, sample = 0, index = 0;  // the Box's
  PixelBox window{};                              // of the view, in its pixels: what the server was shown
  RunLengthMask mask{};                           // of the window's size
  double score = -1;                              // the server's own; −1: it tells none
  bool operator==(const Segment&) const = default;
};

// segment/<part>.npz in an asset's folder, row i for mask i: box int32 [n, 4] (view, pass, sample, index),
// window int32 [n, 4] (x1, y1, x2, y2; the last two exclusive), score float64 [n], run_count int64 [n]; runs
// uint32, those of all masks one after the other (run_length_mask.h).
std::filesystem::path segments_path(const std::filesystem::path& asset_folder, const std::string& part);
void save_segments(const std::filesystem::path& file, const std::vector<Segment>& segments);
// Throws std::runtime_error that names the file and what is wrong with it.
std::vector<Segment> load_segments(const std::filesystem::path& file);

}  // namespace funcorr
