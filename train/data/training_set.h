#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "db/dataset/shard.h"
#include "db/format/members.h"

namespace funcorr {

// What is kept for training; the defaults are those of the paper's release.
struct SampleRules {
  int least_part_pixels = 33;     // of a part's mask in a view
  int least_shared_points = 128;  // inside a part in both of two views
  int least_items = 3;            // of a function

  static constexpr auto members() {
    return std::tuple{member("least_part_pixels", &SampleRules::least_part_pixels),
                      member("least_shared_points", &SampleRules::least_shared_points),
                      member("least_items", &SampleRules::least_items)};
  }
};

// A view of an object that shows parts which perform a function. Parts: bit p stands for the shard's part p.
struct FunctionalItem {
  std::uint32_t shard = 0;
  std::uint16_t view = 0;
  std::uint64_t parts = 0;
};

// Two views of an object (view_1 < view_2) and the parts that both show enough of.
struct SpatialItem {
  std::uint32_t shard = 0;
  std::uint16_t view_1 = 0, view_2 = 0;
  std::uint64_t parts = 0;
};

// The shards of a split and everything that can be drawn from them. Thread-safe once made.
class TrainingSet {
 public:
  // `functions`: sorted; their indices are those of the model. Maps all files. Throws std::runtime_error that
  // names a file which is no shard, or has more than 64 parts or a function that is not among `functions`.
  TrainingSet(const std::vector<std::filesystem::path>& files, std::vector<std::string> functions,
              const SampleRules& rules = {});

  const std::vector<std::string>& functions() const { return functions_; }
  const Shard& shard(std::uint32_t index) const { return *shards_[index]; }
  std::size_t shards() const { return shards_.size(); }

  // Items of the function, by (shard, view); none for a function that is dropped.
  const std::vector<FunctionalItem>& items(std::size_t function) const { return items_[function]; }
  // Functions with enough items: what a function is drawn from.
  const std::vector<std::uint32_t>& kept_functions() const { return kept_; }
  const std::vector<SpatialItem>& spatial_items() const { return spatial_; }
  // Functions (indices) that part p of a shard performs.
  const std::vector<std::uint32_t>& functions_of(std::uint32_t shard, int part) const {
    return part_functions_[shard][static_cast<std::size_t>(part)];
  }

  // Probability that the two items of a functional pair are of different categories.
  double cross_category_share() const;

  // What could not be used, for people to know.
  struct Skipped {
    std::vector<std::string> functions;   // with too few items
    std::int64_t small_parts = 0;         // (view, part) with some pixels, but too few
    std::int64_t absent_parts = 0;        // (view, part) without any
    std::int64_t single_view_assets = 0;  // no spatial item
  };
  const Skipped& skipped() const { return skipped_; }

 private:
  void add(std::uint32_t shard, const SampleRules& rules);
  void add_spatial_items(std::uint32_t shard, const SampleRules& rules);

  std::vector<std::string> functions_;
  std::vector<std::unique_ptr<const Shard>> shards_;
  std::vector<std::vector<std::vector<std::uint32_t>>> part_functions_;  // [shard][part]
  std::vector<std::vector<FunctionalItem>> items_;                       // [function]
  std::vector<SpatialItem> spatial_;
  std::vector<std::uint32_t> kept_;
  Skipped skipped_;
};

// Functions of the shards' parts, sorted.
std::vector<std::string> functions_of_shards(const std::vector<std::filesystem::path>& files);

}  // namespace funcorr
