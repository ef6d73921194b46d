#pragma once

#include <filesystem>

#include <nlohmann/json.hpp>

#include "db/manifest/assets.h"
#include "render/import/import.h"

namespace funcorr {

// What a worker needs to import an asset, as describe() sends it.
inline nlohmann::json asset_job(const Asset& asset) {
  return {{"root", asset.root}, {"path", asset.path}, {"sidecar", asset.sidecar}, {"up", asset.up}};
}

// The asset's own folder is the one its mesh (or its folder of parts) lies in; nothing outside is read.
inline AssetSource asset_source(const nlohmann::json& job) {
  const std::filesystem::path path = job.at("path").get<std::string>();
  AssetSource source;
  source.folder = std::filesystem::path(job.at("root").get<std::string>()) / path.parent_path();
  source.path = path.filename().string();
  source.sidecar = std::filesystem::path(job.at("sidecar").get<std::string>()).filename().string();
  source.up = job.at("up").get<std::string>();
  return source;
}

}  // namespace funcorr
