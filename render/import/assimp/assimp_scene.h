#pragma once

#include <string>

#include "render/import/asset_folder.h"
#include "render/import/scene_builder.h"
#include "render/import/texture_store.h"

namespace funcorr {

// Reads an obj, dae, stl or fbx by Assimp into the builder; materials are appended to the builder's.
// Assimp sees the mesh and its material library in memory and reaches no files. What it lets pass is checked
// here: a UTF-16 OBJ (converted first), indices out of range, and coordinates so far from the origin that its
// single precision loses the shape (an OBJ is moved in double precision first; other formats are an
// ImportError "precision_lost").
void read_by_assimp(const AssetFolder& folder, const std::string& path, const ImportLimits& limits,
                    TextureStore& textures, SceneBuilder& builder);

}  // namespace funcorr
