#pragma once

#include <string>

#include "render/import/asset_folder.h"
#include "render/import/scene_builder.h"
#include "render/import/texture_store.h"

namespace funcorr {

// Reads a .ply, or a .off (off_text.h), into the builder, as one group named by the file: vertices with
// normals, colours (sRGB) and texture coordinates, faces of any number of corners (with texture coordinates
// of their own, as MeshLab writes them), triangle strips, and the pictures of "comment TextureFile", which a
// face chooses by its texnumber. Other elements are skipped; edges and bare points are counted as no
// triangles. (Our own reader: Assimp's hangs and crashes on broken headers.)
void read_ply(const AssetFolder& folder, const std::string& path, TextureStore& textures,
              SceneBuilder& builder);

}  // namespace funcorr
