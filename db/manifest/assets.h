#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "db/dataset/record/asset.h"
#include "db/dataset/record/split.h"
#include "db/manifest/manifest.h"

namespace funcorr {

void upsert_asset(Manifest& manifest, const Asset& asset);
void set_asset_category(Manifest& manifest, const std::string& uid, const std::string& category);
void set_asset_geometry(Manifest& manifest, const std::string& uid, const AssetGeometry& geometry);
void upsert_caption(Manifest& manifest, const Caption& caption);
// Deletes assets of `root` that are not in this catalogue run (and, by cascade, their rows).
void remove_assets_not_in(Manifest& manifest, const std::string& root, const std::vector<std::string>& uids);

std::optional<Asset> find_asset(Manifest& manifest, const std::string& uid);
// Throws std::runtime_error for one that is not there.
Asset require_asset(Manifest& manifest, const std::string& uid);
std::vector<Asset> find_assets_like(Manifest& manifest, const std::string& text,
                                    int limit);  // uid or name contains text
std::optional<AssetGeometry> asset_geometry(Manifest& manifest, const std::string& uid);
void for_each_asset(Manifest& manifest, const std::function<void(const Asset&)>& visit);  // in uid order

void set_split(Manifest& manifest, const std::string& uid, Split split);
std::optional<Split> asset_split(Manifest& manifest, const std::string& uid);
std::vector<AssetSplit> all_splits(Manifest& manifest);  // in uid order
void clear_splits(Manifest& manifest);

}  // namespace funcorr
