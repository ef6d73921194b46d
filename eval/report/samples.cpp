#include "eval/report/samples.h"

#include <algorithm>
#include <filesystem>

#include "db/dataset/predictions.h"
#include "eval/metric/result_row.h"

namespace funcorr {

void AssetSample::offer(const Asset& asset) {
  std::vector<Asset>& of_category = by_category_[asset.category];
  if (of_category.size() < most_) of_category.push_back(asset);
}

std::vector<Asset> AssetSample::chosen() const {
  std::vector<Asset> picked;
  for (std::size_t round = 0; picked.size() < most_; ++round) {
    const std::size_t before = picked.size();
    for (const auto& [category, assets] : by_category_)
      if (round < assets.size() && picked.size() < most_) picked.push_back(assets[round]);
    if (picked.size() == before) break;
  }
  std::stable_sort(picked.begin(), picked.end(),
                   [](const Asset& a, const Asset& b) { return a.category < b.category; });
  return picked;
}

std::vector<std::string> pictured_rows(const Results& results) {
  const std::string full(to_string(ResultRow::kFull));
  std::vector<std::string> rows{std::string(to_string(ResultRow::kBackbone)), full};
  for (const std::string& row : results.rows())
    if (row.starts_with(full + "/")) rows.push_back(row);
  return rows;
}

void PairSample::offer(const Pair& pair) {
  OfFunction& found = of_function_[pair.function];
  const bool within = pair.within_category();
  const std::size_t most = (most_of_function_ + (within ? 0 : 1)) / 2;
  std::size_t& count = within ? found.within : found.across;
  const std::string objects = pair.uid_1 + pair.uid_2;
  if (count >= most || objects == found.last) return;
  const auto has_predictions = [&](const std::string& row) {
    return row != to_string(ResultRow::kBackbone) &&
           std::filesystem::exists(predictions_path(workspace_, row, pair.id));
  };
  if (std::ranges::none_of(rows_, has_predictions)) return;
  ++count;
  found.last = objects;
  chosen_.push_back(pair);
}

}  // namespace funcorr
