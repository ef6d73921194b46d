#pragma once

#include <filesystem>
#include <vector>

#include "db/dataset/shard.h"

namespace funcorr {

// The training views of an asset's folder and the masks of its parts, cropped. Views that show nothing, or
// too little to be cropped, are left out. A mask that is absent is empty. Throws std::runtime_error that
// names the file which is missing or does not fit.
ShardContent crop_asset(const std::filesystem::path& asset_folder, int views,
                        const std::vector<ShardPart>& parts);

}  // namespace funcorr
