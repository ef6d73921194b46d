#include "eval/matching/mutual_matches.h"

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

namespace funcorr {
namespace {

// Similarities held at once: 8 MB, which stay in the cache from the product to the search.
constexpr std::int64_t kTileRows = 1024, kTileColumns = 2048;
constexpr float kLowest = std::numeric_limits<float>::lowest();

// First index of the largest value.
std::size_t argmax(const float* values, std::size_t n) {
  constexpr std::size_t kLanes = 16;  // independent maxima, which the compiler vectorises
  std::array<float, kLanes> lanes;
  lanes.fill(kLowest);
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      lanes[lane] = values[i + lane] > lanes[lane] ? values[i + lane] : lanes[lane];
  float best = *std::max_element(lanes.begin(), lanes.end());
  for (; i < n; ++i) best = std::max(best, values[i]);
  const auto at = static_cast<std::size_t>(std::find(values, values + n, best) - values);
  return at < n ? at : 0;  // only where every value is NaN
}

// The best match of each point found so far.
struct BestMatches {
  explicit BestMatches(std::size_t points) : index(points, 0), similarity(points, kLowest) {}
  std::vector<std::int32_t> index;
  std::vector<float> similarity;
};

// Similarities of the rows first_row… with the columns first_column….
struct Tile {
  const float* values;
  std::int64_t first_row, rows, first_column, columns;
  const float* row(std::int64_t r) const { return values + r * columns; }
};

void update_rows(const Tile& tile, BestMatches& best) {
  at::parallel_for(0, tile.rows, 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const float* row = tile.row(r);
      const std::size_t at = argmax(row, static_cast<std::size_t>(tile.columns));
      const auto point = static_cast<std::size_t>(tile.first_row + r);
      if (!(row[at] > best.similarity[point])) continue;
      best.similarity[point] = row[at];
      best.index[point] = static_cast<std::int32_t>(tile.first_column + static_cast<std::int64_t>(at));
    }
  });
}

void update_columns(const Tile& tile, BestMatches& best) {
  at::parallel_for(0, tile.columns, 256, [&](std::int64_t begin, std::int64_t end) {
    float* similarity = best.similarity.data() + tile.first_column;
    std::int32_t* index = best.index.data() + tile.first_column;
    for (std::int64_t r = 0; r < tile.rows; ++r) {
      const float* row = tile.row(r);
      const auto point = static_cast<std::int32_t>(tile.first_row + r);
      for (std::int64_t c = begin; c < end; ++c) {
        const bool better = row[c] > similarity[c];
        similarity[c] = better ? row[c] : similarity[c];
        index[c] = better ? point : index[c];
      }
    }
  });
}

// The same on a device whose memory the host does not see: what was found so far stays there too.
struct BestOnDevice {
  BestOnDevice(std::int64_t points, const at::TensorOptions& options)
      : index(at::zeros({points}, options.dtype(at::kLong))),
        similarity(at::full({points}, kLowest, options)) {}
  // values [rows, columns]: similarities of the points first_row… with others first_column….
  void update(const at::Tensor& values, std::int64_t first_row, std::int64_t first_column) {
    at::Tensor best = similarity.narrow(0, first_row, values.size(0));
    at::Tensor found = index.narrow(0, first_row, values.size(0));
    const at::Tensor highest = values.amax(1);
    const at::Tensor places = at::arange(values.size(1), found.options());
    const at::Tensor none = at::scalar_tensor(values.size(1), found.options());
    // The first of equals, which a device's argmax need not be.
    const at::Tensor first = at::where(values == highest.unsqueeze(1), places, none).amin(1);
    const at::Tensor is_better = highest > best;
    best.copy_(at::where(is_better, highest, best));
    found.copy_(at::where(is_better, first + first_column, found));
  }
  std::vector<std::int32_t> indices() const {
    const at::Tensor here = index.to(at::kInt).to(at::kCPU);
    return {here.data_ptr<std::int32_t>(), here.data_ptr<std::int32_t>() + here.numel()};
  }
  std::vector<float> similarities() const {
    const at::Tensor here = similarity.to(at::kCPU);
    return {here.data_ptr<float>(), here.data_ptr<float>() + here.numel()};
  }
  at::Tensor index, similarity;
};

MutualMatches match_on_device(const at::Tensor& rows, const at::Tensor& columns, bool both) {
  constexpr std::int64_t kTile = 8192;
  BestOnDevice of_a(rows.size(0), rows.options()), of_b(both ? columns.size(0) : 0, rows.options());
  for (std::int64_t row = 0; row < rows.size(0); row += kTile)
    for (std::int64_t column = 0; column < columns.size(0); column += kTile) {
      const at::Tensor similarity =
          at::mm(rows.narrow(0, row, std::min(kTile, rows.size(0) - row)),
                 columns.narrow(0, column, std::min(kTile, columns.size(0) - column)).t());
      of_a.update(similarity, row, column);
      if (both) of_b.update(similarity.t(), column, row);
    }
  if (!both) return {of_a.indices(), {}, of_a.similarities(), {}};
  return {of_a.indices(), of_b.indices(), of_a.similarities(), of_b.similarities()};
}

}  // namespace

MutualMatches match_mutually(const std::vector<float>& a, const std::vector<float>& b, int channels,
                             bool both, const std::string& device) {
  const auto width = static_cast<std::size_t>(channels);
  if (a.size() < width || b.size() < width) throw std::invalid_argument("matching: nothing to match");
  const auto matrix = [&](const std::vector<float>& values) {  // a view: mm does not write to it
    return at::from_blob(const_cast<float*>(values.data()),
                         {static_cast<std::int64_t>(values.size() / width), channels}, at::kFloat);
  };
  const at::Tensor rows = matrix(a), columns = matrix(b);
  if (const at::Device there(device); !there.is_cpu())
    return match_on_device(rows.to(there), columns.to(there), both);
  BestMatches best_of_a(a.size() / width), best_of_b(both ? b.size() / width : 0);
  const at::Tensor buffer = at::empty({kTileRows * kTileColumns}, at::kFloat);
  for (std::int64_t first_row = 0; first_row < rows.size(0); first_row += kTileRows)
    for (std::int64_t first_column = 0; first_column < columns.size(0); first_column += kTileColumns) {
      const Tile tile{buffer.data_ptr<float>(), first_row, std::min(kTileRows, rows.size(0) - first_row),
                      first_column, std::min(kTileColumns, columns.size(0) - first_column)};
      at::Tensor similarity = buffer.narrow(0, 0, tile.rows * tile.columns).view({tile.rows, tile.columns});
      at::mm_out(similarity, rows.narrow(0, first_row, tile.rows),
                 columns.narrow(0, first_column, tile.columns).t());
      update_rows(tile, best_of_a);
      if (both) update_columns(tile, best_of_b);
    }
  return {std::move(best_of_a.index), std::move(best_of_b.index), std::move(best_of_a.similarity),
          std::move(best_of_b.similarity)};
}

void set_matching_threads(int threads) { at::set_num_threads(threads); }

}  // namespace funcorr
