#pragma once

#include <string>

#include "render/import/asset_folder.h"
#include "render/import/gltf/gltf_file.h"
#include "render/import/scene_builder.h"
#include "render/import/texture_store.h"

namespace funcorr {

// Reads a .glb or .gltf (version 2) into the builder: the default scene's nodes depth first, primitives in
// order, so that triangle order is the file's. Quantised and sparse accessors, EXT_mesh_gpu_instancing, skins
// and morph targets in their rest pose, strips and fans, meshopt, Draco where its library was there at build
// time. Required extensions that are not understood are an ImportError "unsupported_extension".
void read_gltf(const AssetFolder& folder, const std::string& path, const ImportLimits& limits,
               TextureStore& textures, SceneBuilder& builder);

// materials[] in order, then glTF's default material, with all that Material holds: textures and their
// KHR_texture_transform, unlit, emissive strength, specular-glossiness, ior, specular, transmission, volume
// (its thickness texture is not read) and clearcoat. Other material extensions are a warning. Textures may be
// WebP (EXT_texture_webp), AVIF or DDS where OpenImageIO reads those; one that is stored as KTX2 alone is a
// warning, missing, and counted where it is a base colour.
std::vector<Material> read_gltf_materials(GltfFile& file, TextureStore& textures, SceneBuilder& builder);

}  // namespace funcorr
