#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "db/dataset/record/asset.h"
#include "db/format/options.h"
#include "stages/catalog/captions.h"
#include "stages/catalog/tree.h"

namespace funcorr {

struct ListingOptions {
  // ECMAScript, searched in the path beneath the root; first group = category, - and _ as blanks
  std::string category_pattern = "([A-Za-z][A-Za-z _-]*?)__.*";
  // A folder so named is one asset, its mesh files are its parts; "": none.
  std::string part_folder_suffix = "_parts";

  static const OptionList<ListingOptions>& options();
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

// Lists the tree's files and hashes what it finds; links that are not followed are counted as skipped. Uid:
// the stem where it is 32 hex digits, else the first 32 of SHA-256("<root's name>/<path>"). Name, stem and
// category of what a link led to are those of the path by which it did. What is said of an asset, strongest
// first: tables, sidecar (`<stem>.json`), category pattern. A broken sidecar is a warning here and the reason
// of filter's rejection. content_hash: mesh, sidecar, and for formats that refer to other files (gltf, obj,
// dae, fbx, ply) every other non-mesh file of the mesh's folder tree and of images/, maps/ and textures/
// beside that folder. `stop` is asked between assets. Throws std::runtime_error when a folder cannot be read
// or the pattern is none.
Listing list_assets(const Tree& tree, const ListingOptions& options, const Captions& captions,
                    const std::function<bool()>& stop);

// Hash of paths, sizes and times of the tree's files (and of `tables`): moves when a listing may differ.
std::string listing_hash(const Tree& tree, const std::vector<std::filesystem::path>& tables);

// "roots/mugs: 12 assets (10 glb, 2 obj); no mesh: 3 .txt"
std::string to_text(const std::filesystem::path& root, const Listing& listing);

// Which file each uid belongs to.
class UidOwners {
 public:
  // The file that had `uid` before, where that is another; else `file` has it from now on.
  std::optional<std::string> claim(const std::string& uid, const std::string& file);

 private:
  std::map<std::string, std::string> files_;
};

}  // namespace funcorr
