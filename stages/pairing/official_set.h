#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "db/manifest/manifest.h"
#include "eval/official_layout.h"
#include "pipeline/stage.h"

namespace funcorr {

// Annotated pairs of a published evaluation set as items of pair: their pixels become ground truth as they
// are, and their crops become views of assets that have nothing else.

// Uid of the asset that an object of such a set becomes.
std::string official_uid(const std::string& object);
std::string official_key(const OfficialPair& pair);  // "<function>/<uid 1>|||<uid 2>|||<label>"
// Moves when a file of the pair may have changed: names, sizes and times.
std::string official_fingerprint(const OfficialPair& pair);

// By item key. Warns of folders that are no pairs; throws UsageError where there is no such set.
std::map<std::string, OfficialPair> list_official_set(const std::filesystem::path& root,
                                                      const std::string& split);

// What a worker needs to know of the pair, and back.
nlohmann::json to_json(const OfficialPair& pair);
OfficialPair official_pair_from_json(const nlohmann::json& json);

// Writes the ground truth of every trial, and the crops and part masks of its views. Returns a row per trial:
// trial, view_1, view_2, points, path; cost is not known and 0.
nlohmann::json import_official_pair(const Workspace& workspace, const std::filesystem::path& root,
                                    const std::string& key, const OfficialPair& pair);
// Stores the two assets, unless they are there.
void store_official_assets(Manifest& manifest, const std::filesystem::path& root, const OfficialPair& pair);

// Writes all pairs of the manifest, with the crops and part masks of their views, in the layout. Returns
// their number.
std::size_t export_official_set(Manifest& manifest, const Workspace& workspace,
                                const std::filesystem::path& folder, const std::string& split);

}  // namespace funcorr
