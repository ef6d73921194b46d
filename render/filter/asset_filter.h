#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "db/dataset/record/asset.h"
#include "db/format/options.h"
#include "render/import/import.h"

namespace funcorr {

// Which assets are let in, and how finely their surfaces are sampled.
struct FilterOptions {
  std::int64_t points = 100'000;  // on the surface of every asset
  std::filesystem::path edges;    // folder of edge probabilities (edge_files.h); empty: edge_probability()
  std::int64_t min_triangles = 1;
  ImportLimits limits;
  std::vector<AssetFlag> reject_flags{AssetFlag::kBaseColorUndecoded};

  static const OptionList<FilterOptions>& options();
};

// Imports an asset and writes points.npz and geometry.json into its folder. Returns its row, without uid.
// Throws ImportError for one that is not let in: beside the importer's reasons "too_few_triangles" and
// "unwanted_flag". `seed`: of the surface points. `edges`: files of their edge probabilities (edge_files.h,
// whose errors it throws); none: they are computed.
AssetGeometry filter_asset(const AssetSource& source, const FilterOptions& options, std::uint64_t seed,
                           const std::filesystem::path& asset_folder,
                           const std::vector<std::filesystem::path>& edges = {});

}  // namespace funcorr
