#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "db/manifest/manifest.h"

namespace funcorr {

struct Asset {
  std::string uid;     // 32 hex digits
  std::string name;    // path relative to its root, for people
  std::string root;    // absolute folder the asset was catalogued from
  std::string path;    // relative to root: a file, or a folder of part files
  std::string format;  // "glb", "obj" …; of the first part for a folder
  bool is_part_folder = false;
  std::int64_t bytes = 0;    // of the mesh file(s)
  std::string content_hash;  // of mesh files, sidecar and sibling files it may refer to
  std::string sidecar;       // relative to root; empty where there is none
  std::string category;      // empty: not known yet
  std::string up = "y";      // "y" or "z": the axis that is up in the stored file
};

// Format of an asset of which only crops are known: an object of a published evaluation set. There is nothing
// to import or render.
inline constexpr const char* kCropsFormat = "crops";

// What filter found. Stored for accepted assets only (a rejected one has its reason in `item`).
struct AssetGeometry {
  std::int64_t triangles = 0, vertices = 0, degenerate_triangles = 0;
  int materials = 0, textures = 0;
  double extent[3] = {0, 0, 0};         // bounding-box sides before normalisation, asset units
  std::string flags;                    // comma-separated quality flags; empty when fine
  std::vector<std::string> part_names;  // parts by file, node name or sidecar; part id = index
  std::string facts_json;               // everything else that is worth querying later
};

struct Caption {
  std::string uid, source, text;
};

void upsert_asset(Manifest& manifest, const Asset& asset);
void set_asset_category(Manifest& manifest, const std::string& uid, const std::string& category);
void set_asset_geometry(Manifest& manifest, const std::string& uid, const AssetGeometry& geometry);
void upsert_caption(Manifest& manifest, const Caption& caption);
// Deletes assets of `root` that are not in this catalogue run (and, by cascade, their rows).
void remove_assets_not_in(Manifest& manifest, const std::string& root, const std::vector<std::string>& uids);

std::optional<Asset> find_asset(Manifest& manifest, const std::string& uid);
std::vector<Asset> find_assets_like(Manifest& manifest, const std::string& text,
                                    int limit);  // uid or name contains text
std::optional<AssetGeometry> asset_geometry(Manifest& manifest, const std::string& uid);
void for_each_asset(Manifest& manifest, const std::function<void(const Asset&)>& visit);  // in uid order

enum class Split { kTrain, kTest, kUnseen };
std::string_view to_string(Split split);  // "train" "test" "unseen"
void set_split(Manifest& manifest, const std::string& uid, Split split);
std::optional<Split> asset_split(Manifest& manifest, const std::string& uid);
struct AssetSplit {
  std::string uid, category;
  Split split;
};
std::vector<AssetSplit> all_splits(Manifest& manifest);  // in uid order
void clear_splits(Manifest& manifest);

}  // namespace funcorr
