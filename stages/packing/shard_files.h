#pragma once

#include <filesystem>
#include <string>

#include "pipeline/stage.h"

namespace funcorr {

// W/train/shards/ab/<uid>.safetensors
inline std::filesystem::path shard_file(const Workspace& workspace, const std::string& uid) {
  return workspace.shards() / uid.substr(0, 2) / (uid + ".safetensors");
}

}  // namespace funcorr
