#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include <assimp/scene.h>

#include "render/import/assimp/collada_text.h"
#include "render/import/assimp/mtl_library.h"
#include "render/import/scene_builder.h"
#include "render/import/texture_store.h"

namespace funcorr {

// What a Collada file says of its textures beyond what Assimp tells.
struct ColladaTextures {
  std::string opaque;  // how those of opacity are meant (COLLADA 1.5, <transparent>); empty: not to be read
  std::map<std::string, std::optional<ColladaWrap>> wraps;  // collada_text.h
};

// A classic or PBR material of Assimp as metallic-roughness: diffuse colour (ignored where there is a diffuse
// texture, as exporters write anything there), roughness from the Phong exponent (Blinn: α² = 2/(n+2)) where
// no PBR value is given, opacity as blending; an obj's map_d becomes the base colour's alpha, bump maps
// become normal maps (classic_maps.h). `base`: the mesh file its textures are named relative to; `maps`: of
// an obj's material libraries, which its textures are numbers of; `collada`: null of other formats.
Material read_assimp_material(const aiScene& source, const aiMaterial& material, const std::string& base,
                              std::span<const MtlMap> maps, const ColladaTextures* collada,
                              TextureStore& textures, SceneBuilder& builder);

}  // namespace funcorr
