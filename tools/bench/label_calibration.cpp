#include "tools/bench/label_calibration.h"

#include <algorithm>
#include <cmath>

namespace funcorr {
namespace {

struct Block {
  double position, hits, count;
  double rate() const { return hits / count; }
};

// Merges neighbours until rates ascend.
std::vector<Block> pooled(const std::vector<Block>& blocks) {
  std::vector<Block> out;
  for (Block block : blocks) {
    while (!out.empty() && out.back().rate() >= block.rate()) {
      const Block& last = out.back();
      const double count = last.count + block.count;
      block = {(last.position * last.count + block.position * block.count) / count, last.hits + block.hits,
               count};
      out.pop_back();
    }
    out.push_back(block);
  }
  return out;
}

double rate_at(const std::vector<Block>& blocks, double position) {
  if (blocks.empty()) return 0;
  const auto above = std::ranges::upper_bound(blocks, position, {}, &Block::position);
  if (above == blocks.begin()) return blocks.front().rate();
  if (above == blocks.end()) return blocks.back().rate();
  const Block &a = *(above - 1), &b = *above;
  return a.rate() + (b.rate() - a.rate()) * (position - a.position) / (b.position - a.position);
}

}  // namespace

void CalibrationFit::add(double margin, double agreement, bool is_true) {
  const auto bin = [](double value, double low, int bins) {
    return std::clamp(static_cast<int>((value - low) * bins), 0, bins - 1);
  };
  auto& [hits, count] = counts_[{bin(agreement, 0, kAgreementBins), bin(0.5 * margin, -0.5, kMarginBins)}];
  hits += is_true ? 1 : 0;
  count += 1;
}

void CalibrationFit::add(const CalibrationFit& other) {
  for (const auto& [bin, of_bin] : other.counts_) {
    counts_[bin].first += of_bin.first;
    counts_[bin].second += of_bin.second;
  }
}

std::vector<std::vector<double>> CalibrationFit::table(const std::vector<double>& agreements,
                                                       const std::vector<double>& margins) const {
  std::vector<std::vector<double>> rows;
  for (std::size_t a = 0; a < agreements.size(); ++a) {
    // Parts weigh the less the farther their agreement lies from this row's, as the table is read.
    const auto weight = [&](double agreement) {
      const double below = a > 0 ? agreements[a - 1] : -1e9,
                   above = a + 1 < agreements.size() ? agreements[a + 1] : 1e9;
      if (agreement < agreements[a])
        return a == 0 ? 1.0 : std::max(0.0, (agreement - below) / (agreements[a] - below));
      return a + 1 == agreements.size() ? 1.0 : std::max(0.0, (above - agreement) / (above - agreements[a]));
    };
    std::map<int, Block> by_margin;
    for (const auto& [bin, of_bin] : counts_) {
      const double w = weight((bin.first + 0.5) / kAgreementBins);
      if (!(w > 0)) continue;
      Block& block = by_margin[bin.second];
      block.position = 2 * ((bin.second + 0.5) / kMarginBins - 0.5);
      block.hits += w * of_bin.first;
      block.count += w * of_bin.second;
    }
    std::vector<Block> blocks;
    for (const auto& [bin, block] : by_margin) blocks.push_back(block);
    blocks = pooled(blocks);
    auto& row = rows.emplace_back();
    for (const double margin : margins) row.push_back(rate_at(blocks, margin));
  }
  return rows;
}

}  // namespace funcorr
