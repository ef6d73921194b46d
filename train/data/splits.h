#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "db/dataset/record/split.h"
#include "db/format/options.h"

namespace funcorr {

struct SplitCandidate {
  std::string uid, category;
};

// How assets are divided: whole categories are held out as unseen, the others are divided by asset. The
// defaults are the paper's shares.
struct SplitOptions {
  double test_share = 0.2062;                  // of each seen category's assets: 1682 of 1682 + 6474
  double unseen_category_share = 22.0 / 160;   // of all categories
  std::vector<std::string> unseen_categories;  // where empty, drawn at random
  std::filesystem::path lists;                 // folder of read_split_lists(); where empty, assets are drawn

  static const OptionList<SplitOptions>& options();
};

// Splits by uid, of candidates only: as the lists say, where they are given (a candidate that stands in none
// has no split), else drawn by assign_splits(). Throws UsageError for an unseen category that no candidate
// has, and for lists that cannot be read.
std::map<std::string, Split> split_assets(const std::vector<SplitCandidate>& candidates,
                                          const SplitOptions& options, std::uint64_t seed);

// Splits by uid. Both shares are rounded to the nearest whole number, per category; which assets and
// categories it takes depends on the seed and their names only. So a new asset moves at most one other of its
// category. Throws std::invalid_argument for an unseen category that no candidate has.
std::map<std::string, Split> assign_splits(const std::vector<SplitCandidate>& candidates,
                                           const SplitOptions& options, std::uint64_t seed);

// The split lists of the paper's release: train_split.json, test_split.json and unseen_test_split.json of a
// folder, each an array of uids or of names "<uid>---<category>.glb". A list that is absent is empty; none at
// all, an entry of two lists or one that is no text is a std::runtime_error that names the file.
std::map<std::string, Split> read_split_lists(const std::filesystem::path& folder);

// How many assets each split has, for people.
std::string split_counts(const std::vector<AssetSplit>& assets);

}  // namespace funcorr
