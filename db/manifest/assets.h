#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "db/dataset/record/asset.h"
#include "db/dataset/record/split.h"
#include "db/manifest/manifest.h"

namespace funcorr {

// Tables asset, caption and split: schema.sql says what their columns mean, db/dataset/record what the rows
// are in memory. Everything that is known of an asset goes with its row.

// A category that is known already stays where `asset` has none; what filter found stays too.
void upsert_asset(Manifest& manifest, const Asset& asset);
void set_asset_category(Manifest& manifest, const std::string& uid, const std::string& category);
// Marks the asset as accepted.
void set_asset_geometry(Manifest& manifest, const std::string& uid, const AssetGeometry& geometry);
void upsert_caption(Manifest& manifest, const Caption& caption);
// Deletes assets of `root` that are not in this catalogue run (and, by cascade, their rows).
void remove_assets_not_in(Manifest& manifest, const std::string& root, const std::vector<std::string>& uids);

std::optional<Asset> find_asset(Manifest& manifest, const std::string& uid);
// Throws std::runtime_error for one that is not there.
Asset require_asset(Manifest& manifest, const std::string& uid);
// Those whose uid or name contains `text`, in uid order. Walks through all: for people.
std::vector<Asset> find_assets_like(Manifest& manifest, const std::string& text, int limit);
// Nothing where filter did not accept the asset.
std::optional<AssetGeometry> asset_geometry(Manifest& manifest, const std::string& uid);
void for_each_asset(Manifest& manifest, const std::function<void(const Asset&)>& visit);  // in uid order

void set_split(Manifest& manifest, const std::string& uid, Split split);
std::optional<Split> asset_split(Manifest& manifest, const std::string& uid);
std::vector<AssetSplit> all_splits(Manifest& manifest);  // in uid order
void clear_splits(Manifest& manifest);

}  // namespace funcorr
