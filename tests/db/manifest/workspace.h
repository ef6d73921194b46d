#pragma once

#include <string>

#include "db/manifest/assets.h"
#include "db/manifest/manifest.h"
#include "tests/temporary_folder.h"

namespace funcorr::tests {

inline Asset make_asset(const std::string& uid, const std::string& category = {}) {
  Asset asset;
  asset.uid = uid;
  asset.name = "objects/" + uid + ".glb";
  asset.root = "/objects";
  asset.path = uid + ".glb";
  asset.format = "glb";
  asset.bytes = 1000;
  asset.content_hash = "hash-" + uid;
  asset.category = category;
  return asset;
}

}  // namespace funcorr::tests
