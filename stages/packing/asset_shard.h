#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "db/dataset/shard.h"

namespace funcorr {

// Where the mask of a part in a view lies: (part, view).
using MaskFile = std::function<std::filesystem::path(const std::string&, int)>;

// The training views of an asset's folder A (A/train/NNNN.png and .npz) and the masks of its parts, cropped.
// Views that show nothing, or too little to be cropped, are left out. A mask that is absent is empty. Throws
// std::runtime_error that names the file which is missing or does not fit.
ShardContent crop_asset(const std::filesystem::path& asset_folder, int views,
                        const std::vector<ShardPart>& parts, const MaskFile& mask_file);

}  // namespace funcorr
