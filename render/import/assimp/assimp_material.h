#pragma once

#include <span>
#include <string>
#include <string_view>

#include <assimp/scene.h>

#include "render/import/assimp/mtl_library.h"
#include "render/import/scene_builder.h"
#include "render/import/texture_store.h"

namespace funcorr {

// A classic or PBR material of Assimp as metallic-roughness: diffuse colour (ignored where there is a diffuse
// texture, as exporters write anything there), roughness from the Phong exponent (Blinn: α² = 2/(n+2)) where
// no PBR value is given, opacity as blending; an obj's map_d becomes the base colour's alpha, bump maps
// become normal maps (classic_maps.h). `base`: the mesh file its textures are named relative to; `maps`: of
// an obj's material libraries, which its textures are numbers of; `opaque`: how a Collada file's textures of
// opacity are meant (COLLADA 1.5, <transparent>), empty where they are not to be read.
Material read_assimp_material(const aiScene& source, const aiMaterial& material, const std::string& base,
                              std::span<const MtlMap> maps, std::string_view opaque, TextureStore& textures,
                              SceneBuilder& builder);

}  // namespace funcorr
