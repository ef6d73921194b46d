#pragma once

#include <string>

#include "render/import/asset_folder.h"
#include "render/import/gltf_file.h"
#include "render/import/scene_builder.h"
#include "render/import/texture_store.h"

namespace funcorr {

// Reads a .glb or .gltf (version 2) into the builder: the default scene's nodes depth first, primitives in
// order, so that triangle order is the file's. Quantised and sparse accessors, EXT_mesh_gpu_instancing, skins
// and morph targets in their rest pose, strips and fans. Draco, meshopt and other required extensions that
// are not understood are an ImportError "unsupported_extension".
void read_gltf(const AssetFolder& folder, const std::string& path, const ImportLimits& limits,
               TextureStore& textures, SceneBuilder& builder);

// materials[] in order, then glTF's default material. KHR_texture_transform, emissive strength, unlit, and
// specular-glossiness (as diffuse colour with roughness 1 − glossiness) are read; other material extensions
// are a warning.
std::vector<Material> read_gltf_materials(GltfFile& file, TextureStore& textures, SceneBuilder& builder);

}  // namespace funcorr
