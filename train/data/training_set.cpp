#include "train/data/training_set.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

namespace funcorr {
namespace {

std::vector<std::vector<std::uint32_t>> function_indices(const Shard& shard,
                                                         const std::vector<std::string>& functions) {
  if (shard.parts().size() > 64) throw std::runtime_error(shard.file().string() + ": more than 64 parts");
  std::vector<std::vector<std::uint32_t>> indices;
  for (const ShardPart& part : shard.parts()) {
    indices.emplace_back();
    for (const std::string& function : part.functions) {
      const auto found = std::lower_bound(functions.begin(), functions.end(), function);
      if (found == functions.end() || *found != function)
        throw std::runtime_error(shard.file().string() + ": the function \"" + function +
                                 "\" is not one the model has");
      indices.back().push_back(static_cast<std::uint32_t>(found - functions.begin()));
    }
  }
  return indices;
}

}  // namespace

TrainingSet::TrainingSet(const std::vector<std::filesystem::path>& files, std::vector<std::string> functions,
                         const SampleRules& rules)
    : functions_(std::move(functions)), items_(functions_.size()) {
  for (const std::filesystem::path& file : files) {
    shards_.push_back(std::make_unique<const Shard>(file));
    part_functions_.push_back(function_indices(*shards_.back(), functions_));
    add(static_cast<std::uint32_t>(shards_.size() - 1), rules);
  }
  for (std::size_t function = 0; function < items_.size(); ++function) {
    if (items_[function].size() >= static_cast<std::size_t>(rules.least_items)) {
      kept_.push_back(static_cast<std::uint32_t>(function));
    } else {
      skipped_.functions.push_back(functions_[function]);
      items_[function].clear();
    }
  }
}

void TrainingSet::add(std::uint32_t index, const SampleRules& rules) {
  const Shard& shard = *shards_[index];
  for (int view = 0; view < shard.views(); ++view) {
    std::map<std::uint32_t, std::uint64_t> parts_of_function;
    for (std::size_t p = 0; p < shard.parts().size(); ++p) {
      const int pixels = shard.part(static_cast<int>(p), view).count();
      // A part that fills the whole image leaves no negative pixel.
      if (pixels < rules.least_part_pixels || pixels == kCropPixels) {
        ++(pixels == 0 ? skipped_.absent_parts : skipped_.small_parts);
        continue;
      }
      for (const std::uint32_t function : part_functions_[index][p])
        parts_of_function[function] |= std::uint64_t{1} << p;
    }
    for (const auto& [function, parts] : parts_of_function)
      items_[function].push_back({index, static_cast<std::uint16_t>(view), parts});
  }
  add_spatial_items(index, rules);
}

void TrainingSet::add_spatial_items(std::uint32_t index, const SampleRules& rules) {
  const Shard& shard = *shards_[index];
  if (shard.views() < 2) ++skipped_.single_view_assets;
  for (int v = 0; v < shard.views(); ++v)
    for (int w = v + 1; w < shard.views(); ++w) {
      std::uint64_t parts = 0;
      for (std::size_t p = 0; p < shard.parts().size(); ++p)
        if (shard.shared_points(static_cast<int>(p), v, w) >= rules.least_shared_points &&
            !part_functions_[index][p].empty())
          parts |= std::uint64_t{1} << p;
      if (parts != 0)
        spatial_.push_back({index, static_cast<std::uint16_t>(v), static_cast<std::uint16_t>(w), parts});
    }
}

double TrainingSet::cross_category_share() const {
  double sum = 0;
  for (const std::uint32_t function : kept_) {
    std::map<std::string, double> items_of_category;
    for (const FunctionalItem& item : items_[function]) ++items_of_category[shard(item.shard).category()];
    const auto all = static_cast<double>(items_[function].size());
    double within = 0;
    for (const auto& [category, count] : items_of_category) within += count * (count - 1);
    sum += 1 - within / (all * (all - 1));
  }
  return kept_.empty() ? 0 : sum / static_cast<double>(kept_.size());
}

std::vector<std::string> functions_of_shards(const std::vector<std::filesystem::path>& files) {
  std::set<std::string> functions;
  for (const std::filesystem::path& file : files) {
    const Shard shard(file);
    for (const ShardPart& part : shard.parts())
      functions.insert(part.functions.begin(), part.functions.end());
  }
  return {functions.begin(), functions.end()};
}

}  // namespace funcorr
