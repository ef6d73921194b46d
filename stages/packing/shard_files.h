#pragma once

#include <filesystem>
#include <string>

#include "db/manifest/manifest.h"
#include "pipeline/stage.h"

namespace funcorr {

// W/train/shards/ab/<uid>.safetensors
inline std::filesystem::path shard_file(const Workspace& workspace, const std::string& uid) {
  return workspace.shards() / uid.substr(0, 2) / (uid + ".safetensors");
}

// W/train/features/ab/<uid>.safetensors
inline std::filesystem::path feature_file(const Workspace& workspace, const std::string& uid) {
  return workspace.features() / uid.substr(0, 2) / (uid + ".safetensors");
}

// Removes the .safetensors files of a folder that belong to no finished item of the stage any more.
void remove_surplus_files(Manifest& manifest, const std::filesystem::path& folder, const std::string& stage);

}  // namespace funcorr
