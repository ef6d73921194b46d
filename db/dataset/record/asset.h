#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "db/format/members.h"
#include "db/format/named_enum.h"

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

// What is unusual about an asset's geometry and textures.
enum class AssetFlag {
  kOpen,                // more than 10 % of the edges belong to one triangle alone
  kNonManifold,         // more than 10 % belong to three and more
  kFloatingParts,       // two or more groups of pieces that do not touch
  kFlat,                // shortest side of the bounding box < 1 % of the longest
  kNeedle,              // middle side < 2 % of the longest
  kSuspectedScene,      // six such groups or more, or things that stand on a ground
  kUntextured,          // all textures that the files name are missing
  kTextureMissing,      // some are
  kBaseColorUndecoded,  // a base colour is stored in a format that is not decoded (KTX2) and nothing else
  kNonconforming,  // breaks its format's rules where the meaning is clear; the warnings say how it was read
};
constexpr auto names_of(AssetFlag) {
  return std::to_array<EnumName<AssetFlag>>({{AssetFlag::kOpen, "open"},
                                             {AssetFlag::kNonManifold, "non_manifold"},
                                             {AssetFlag::kFloatingParts, "floating_parts"},
                                             {AssetFlag::kFlat, "flat"},
                                             {AssetFlag::kNeedle, "needle"},
                                             {AssetFlag::kSuspectedScene, "suspected_scene"},
                                             {AssetFlag::kUntextured, "untextured"},
                                             {AssetFlag::kTextureMissing, "texture_missing"},
                                             {AssetFlag::kBaseColorUndecoded, "base_color_undecoded"},
                                             {AssetFlag::kNonconforming, "nonconforming"}});
}
using AssetFlags = EnumSet<AssetFlag>;  // empty when fine

// What filter found. Stored for accepted assets only (a rejected one has its reason in `item`).
struct AssetGeometry {
  std::int64_t triangles = 0, vertices = 0, degenerate_triangles = 0;
  int materials = 0, textures = 0;
  std::array<double, 3> extent{};  // bounding-box sides before normalisation, asset units
  AssetFlags flags{};
  std::vector<std::string> part_names;  // parts by file, node name or sidecar; part id = index
  std::string facts_json;               // everything else that is worth querying later
  static constexpr auto members() {
    using G = AssetGeometry;
    return std::tuple{member("triangles", &G::triangles),
                      member("vertices", &G::vertices),
                      member("degenerate_triangles", &G::degenerate_triangles),
                      member("materials", &G::materials),
                      member("textures", &G::textures),
                      member("extent", &G::extent),
                      member("flags", &G::flags),
                      member("part_names", &G::part_names),
                      member("facts_json", &G::facts_json)};
  }
};

struct Caption {
  std::string uid, source, text;
};

}  // namespace funcorr
