#include "db/dataset/segments.h"

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <stdexcept>

#include "db/dataset/array_file.h"
#include "db/dataset/workspace.h"
#include "db/format/npy.h"

namespace funcorr {
namespace {

constexpr const char *kBox = "box", *kWindow = "window", *kScore = "score", *kRunCount = "run_count",
                     *kRuns = "runs";

}  // namespace

std::filesystem::path segments_path(const std::filesystem::path& asset_folder, const std::string& part) {
  return asset_folder / "segment" / (encode_file_name(part) + ".npz");
}

void save_segments(const std::filesystem::path& file, const std::vector<Segment>& segments) {
  std::vector<std::int32_t> boxes, windows;
  std::vector<double> scores;
  std::vector<std::int64_t> counts;
  std::vector<std::uint32_t> runs;
  for (const Segment& one : segments) {
    if (one.mask.width != one.window.width() || one.mask.height != one.window.height())
      throw std::invalid_argument("segments: a mask has the size of its window");
    boxes.insert(boxes.end(), {one.view, one.pass, one.sample, one.index});
    windows.insert(windows.end(), {one.window.x1, one.window.y1, one.window.x2, one.window.y2});
    scores.push_back(one.score);
    counts.push_back(std::ssize(one.mask.runs));
    runs.insert(runs.end(), one.mask.runs.begin(), one.mask.runs.end());
  }
  const std::size_t n = segments.size();
  save_npz(file, {{kBox, NpyArray::from(boxes, {n, 4})},
                  {kWindow, NpyArray::from(windows, {n, 4})},
                  {kScore, NpyArray::from(scores, {n})},
                  {kRunCount, NpyArray::from(counts, {n})},
                  {kRuns, NpyArray::from(runs, {runs.size()})}});
}

std::vector<Segment> load_segments(const std::filesystem::path& file) {
  const ArrayFile arrays(file);
  const auto boxes = arrays.read<std::int32_t>(kBox), windows = arrays.read<std::int32_t>(kWindow);
  const auto scores = arrays.read<double>(kScore);
  const auto counts = arrays.read<std::int64_t>(kRunCount);
  const auto runs = arrays.read<std::uint32_t>(kRuns);
  const std::size_t n = scores.size();
  for (const char* name : {kBox, kWindow, kRunCount}) arrays.require_rows(name, n);
  const auto fail = [&](const std::string& what) { throw std::runtime_error(file.string() + ": " + what); };
  if (boxes.size() != 4 * n || windows.size() != 4 * n) fail("box and window need four columns");
  std::vector<Segment> segments(n);
  std::size_t at = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::int32_t *box = &boxes[4 * i], *window = &windows[4 * i];
    Segment& one = segments[i];
    one = {.view = box[0],
           .pass = box[1],
           .sample = box[2],
           .index = box[3],
           .window = {window[0], window[1], window[2], window[3]},
           .score = scores[i]};
    if (counts[i] < 0 || static_cast<std::size_t>(counts[i]) > runs.size() - at)
      fail("run_count goes beyond the runs");
    const auto first = runs.begin() + static_cast<std::ptrdiff_t>(at);
    one.mask = {one.window.width(), one.window.height(), {first, first + counts[i]}};
    at += static_cast<std::size_t>(counts[i]);
    const std::uint64_t sum = std::accumulate(one.mask.runs.begin(), one.mask.runs.end(), std::uint64_t{0});
    if (one.mask.width <= 0 || one.mask.height <= 0 ||
        sum != std::uint64_t(one.mask.width) * std::uint64_t(one.mask.height))
      fail("the runs of mask " + std::to_string(i) + " do not fill its window");
  }
  if (at != runs.size()) fail("there are runs of no mask");
  return segments;
}

}  // namespace funcorr
