#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "db/manifest/assets.h"
#include "stages/catalog/captions.h"

namespace funcorr {

struct ListingOptions {
  std::string category_pattern;  // ECMAScript, searched in the path beneath the root; first group = category,
                                 // - and _ as blanks
  std::string part_folder_suffix;  // a folder so named is one asset, its mesh files are its parts; "": none
};

struct FoundAsset {
  Asset asset;
  std::vector<Caption> captions;
};

// The assets of one folder tree.
struct Listing {
  std::vector<FoundAsset> assets;               // in path order
  std::map<std::string, std::int64_t> skipped;  // files that are no mesh, by extension
  std::vector<std::string> warnings;            // one line each
};

// Walks `root` (hidden files, and symbolic links, are left out; links are counted as skipped) and hashes what
// it finds. Uid: the file's stem where it is 32 hex digits, else the first 32 of SHA-256("<root's
// name>/<path>"). What is said of an asset, strongest first: tables, sidecar (`<stem>.json`), category
// pattern. A broken sidecar is a warning here and the reason of filter's rejection. content_hash: mesh,
// sidecar, and for formats that refer to other files (gltf, obj, dae, fbx) every other non-mesh file of the
// mesh's folder tree. `stop` is asked between assets. Throws std::runtime_error when a folder cannot be read
// or the pattern is none.
Listing list_assets(const std::filesystem::path& root, const ListingOptions& options,
                    const Captions& captions, const std::function<bool()>& stop);

// Hash of paths, sizes and times of the files below `root` (and of `tables`): moves when a listing may
// differ.
std::string listing_hash(const std::filesystem::path& root, const std::vector<std::filesystem::path>& tables);

}  // namespace funcorr
