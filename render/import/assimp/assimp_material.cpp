#include "render/import/assimp/assimp_material.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include <assimp/GltfMaterial.h>
#include <assimp/material.h>

#include "db/format/text.h"
#include "render/import/assimp/classic_maps.h"

namespace funcorr {
namespace {

Wrap wrap_of(const aiMaterial& material, aiTextureType type, const char* key) {
  int mode = aiTextureMapMode_Wrap;
  if (material.Get(key, type, 0, mode) != aiReturn_SUCCESS) return Wrap::kRepeat;
  if (mode == aiTextureMapMode_Mirror) return Wrap::kMirror;
  return mode == aiTextureMapMode_Clamp ? Wrap::kClamp : Wrap::kRepeat;
}

Encoding use_of(aiTextureType type) {
  const bool is_color =
      type == aiTextureType_BASE_COLOR || type == aiTextureType_DIFFUSE || type == aiTextureType_EMISSIVE;
  return is_color ? Encoding::kSrgb : Encoding::kLinear;
}

int load_embedded(const aiTexture& texture, const std::string& key, Encoding use, TextureStore& textures,
                  SceneBuilder& builder) {
  if (texture.mHeight == 0 && texture.pcData != nullptr)  // encoded: mWidth is the number of bytes
    return textures.from_memory(key, {reinterpret_cast<const std::byte*>(texture.pcData), texture.mWidth},
                                use);
  builder.warn("embedded texture " + key + " is uncompressed: not read");
  return -1;
}

// What a statement of a material library names, laid and changed as its options say.
TextureRef read_map(const MtlMap& map, Encoding use, const std::string& base, TextureStore& textures) {
  TextureRef ref;
  map.apply_to(ref);
  ref.texture = textures.from_file(base, map.file, use);
  if (!ref.used()) return {};
  const auto derive = [&](const std::string& what, const auto& make) {
    const int from = ref.texture;
    ref.texture =
        textures.derived(what + " of " + std::to_string(from), [&] { return make(textures.image(from)); });
  };
  if (map.channel != '\0')
    derive(std::string("channel ") + map.channel,
           [&](const Image8& image) { return channel_of(image, map.channel); });
  if (map.base != 0 || map.gain != 1)
    derive("range " + std::to_string(map.base) + " + " + std::to_string(map.gain),
           [&](const Image8& image) { return with_range(image, map.base, map.gain); });
  return ref;
}

// Of an obj's library; none in other formats.
const MtlMap* map_of(const aiMaterial& material, aiTextureType type, std::span<const MtlMap> maps) {
  aiString name;
  if (maps.empty() || material.GetTexture(type, 0, &name) != aiReturn_SUCCESS) return nullptr;
  std::size_t index = maps.size();
  std::from_chars(name.data, name.data + name.length, index);
  return index < maps.size() ? &maps[index] : nullptr;
}

bool has_extension(const std::string& file, const char* extension) {
  return lower_case(std::filesystem::path(file).extension().string()) == extension;
}

// What the sampler says, unless Maya's own switches say otherwise.
void read_collada_wrap(const ColladaTextures& collada, const std::string& name, TextureRef& ref,
                       SceneBuilder& builder) {
  const auto entry = collada.wraps.find(picture_name(name));
  if (entry == collada.wraps.end()) return;
  if (!entry->second) {
    builder.warn("texture '" + name + "' is repeated differently by its samplers: taken as repeated");
    return;
  }
  if (ref.wrap_u == Wrap::kRepeat) ref.wrap_u = entry->second->u;
  if (ref.wrap_v == Wrap::kRepeat) ref.wrap_v = entry->second->v;
  if (entry->second->has_border)
    builder.warn("texture '" + name + "' has a border colour: its edge goes on beyond it");
}

// Maya's repeatU, offsetU and the like: uv = offset + repeat · uv, v upward. (What an FBX means by its
// scaling readers do not agree on, and what order its rotation comes in Maya's own files do not say.)
void read_collada_layout(const aiMaterial& material, aiTextureType type, TextureRef& ref,
                         SceneBuilder& builder) {
  aiUVTransform transform;
  if (aiGetMaterialUVTransform(&material, AI_MATKEY_UVTRANSFORM(type, 0), &transform) != aiReturn_SUCCESS)
    return;
  const auto finite = [](float value, double fallback) {
    return std::isfinite(value) ? static_cast<double>(value) : fallback;
  };
  MtlMap layout;
  layout.scale = {finite(transform.mScaling.x, 1), finite(transform.mScaling.y, 1)};
  layout.offset = {finite(transform.mTranslation.x, 0), finite(transform.mTranslation.y, 0)};
  layout.apply_to(ref);
  if (std::isfinite(transform.mRotation) && transform.mRotation != 0)
    builder.warn("a texture is turned (rotateUV): not read");
}

TextureRef read_texture(const aiScene& source, const aiMaterial& material, aiTextureType type,
                        const std::string& base, const ColladaTextures* collada, TextureStore& textures,
                        SceneBuilder& builder) {
  TextureRef ref;
  aiString name;
  if (material.GetTexture(type, 0, &name) != aiReturn_SUCCESS || name.length == 0) return ref;
  material.Get(_AI_MATKEY_UVWSRC_BASE, type, 0, ref.uv_set);
  ref.wrap_u = wrap_of(material, type, _AI_MATKEY_MAPPINGMODE_U_BASE);
  ref.wrap_v = wrap_of(material, type, _AI_MATKEY_MAPPINGMODE_V_BASE);
  if (collada != nullptr) {
    read_collada_wrap(*collada, name.C_Str(), ref, builder);
    read_collada_layout(material, type, ref, builder);
  }
  if (ref.uv_set < 0 || ref.uv_set > 1) {
    builder.warn(std::string("texture '") + name.C_Str() + "' uses a third set of coordinates: not read");
    return {};
  }
  const aiTexture* embedded = source.GetEmbeddedTexture(name.C_Str());
  ref.texture = embedded != nullptr ? load_embedded(*embedded, name.C_Str(), use_of(type), textures, builder)
                                    : textures.from_file(base, name.C_Str(), use_of(type));
  return ref;
}

double factor(const aiMaterial& material, const char* key, unsigned type, unsigned index, double fallback) {
  float value = 0;
  if (material.Get(key, type, index, value) != aiReturn_SUCCESS || !std::isfinite(value)) return fallback;
  return static_cast<double>(value);
}

double roughness_of(const aiMaterial& material) {
  const double exponent = factor(material, AI_MATKEY_SHININESS, -1);
  const double classic = exponent > 0 ? std::pow(2 / (exponent + 2), 0.25) : 0.8;
  return std::clamp(factor(material, AI_MATKEY_ROUGHNESS_FACTOR, classic), 0.05, 1.0);
}

// Exporters disagree on which end of `d` and `Tr` is opaque; an object that cannot be seen at all was not
// meant.
double opacity_of(const aiMaterial& material, const std::string& name, SceneBuilder& builder) {
  const double opacity = std::clamp(factor(material, AI_MATKEY_OPACITY, 1), 0.0, 1.0);
  if (opacity > 0.01) return opacity;
  builder.warn("material '" + name + "' is fully transparent: taken as opaque");
  return 1;
}

bool are_laid_alike(const TextureRef& a, const TextureRef& b) {
  return a.uv_set == b.uv_set && a.offset == b.offset && a.scale == b.scale && a.wrap_u == b.wrap_u &&
         a.wrap_v == b.wrap_v;
}

// Puts the opacity into the alpha of the base colour's texture. A picture of colours without alpha that is
// named as the opacity too says nothing about it.
void add_opacity_map(const TextureRef& opacity, TextureStore& textures, SceneBuilder& builder,
                     Material& material) {
  if (!opacity.used()) return;
  const int colors = material.base_color_texture.texture;
  if (opacity.texture == colors && !has_transparency(textures.image(colors))) return;
  if (colors >= 0 && !are_laid_alike(opacity, material.base_color_texture))
    builder.warn("material '" + material.name + "': its map of opacity is laid as that of colour");
  const std::string key =
      "opacity " + std::to_string(opacity.texture) + " of colours " + std::to_string(colors);
  const int made = textures.derived(key, [&] {
    return with_opacity(colors >= 0 ? &textures.image(colors) : nullptr, textures.image(opacity.texture));
  });
  if (colors < 0) material.base_color_texture = opacity;
  material.base_color_texture.texture = made;
  material.alpha_mode = AlphaMode::kBlend;
}

// A Collada file's map of opacity as one channel: alpha or brightness, of which zero is opaque or one.
TextureRef collada_opacity(TextureRef map, std::string_view opaque, TextureStore& textures) {
  if (!map.used()) return map;
  const bool by_alpha = opaque.starts_with("A_"), is_inverse = opaque.ends_with("_ZERO");
  const Image8& image = textures.image(map.texture);
  if (by_alpha && !is_inverse && !has_transparency(image)) return {};  // says nothing
  const std::string key = std::string(opaque).append(" of ").append(std::to_string(map.texture));
  map.texture = textures.derived(key, [&] {
    const Image8 channel = channel_of(image, by_alpha ? 'm' : 'l');
    return is_inverse ? with_range(channel, 1, -1) : channel;
  });
  return map;
}

// The factor multiplies slopes, of heights and of a normal map alike.
void add_bump_map(const TextureRef& bump, double strength, TextureStore& textures, Material& material) {
  material.normal_texture = bump;
  if (!bump.used()) return;
  if (is_normal_map(textures.image(bump.texture))) {
    material.normal_scale = strength;
    return;
  }
  const std::string key = "normals of " + std::to_string(bump.texture) + " times " + std::to_string(strength);
  material.normal_texture.texture =
      textures.derived(key, [&] { return normals_from_heights(textures.image(bump.texture), strength); });
}

}  // namespace

Material read_assimp_material(const aiScene& source, const aiMaterial& material, const std::string& base,
                              std::span<const MtlMap> maps, const ColladaTextures* collada,
                              TextureStore& textures, SceneBuilder& builder) {
  Material out;
  aiString name;
  if (material.Get(AI_MATKEY_NAME, name) == aiReturn_SUCCESS) out.name = name.C_Str();
  const auto texture = [&](aiTextureType type) {
    const MtlMap* map = map_of(material, type, maps);
    return map != nullptr ? read_map(*map, use_of(type), base, textures)
                          : read_texture(source, material, type, base, collada, textures, builder);
  };
  out.base_color_texture = texture(aiTextureType_BASE_COLOR);
  if (!out.base_color_texture.used()) out.base_color_texture = texture(aiTextureType_DIFFUSE);
  aiColor3D diffuse(0.8f, 0.8f, 0.8f), emissive(0, 0, 0);
  material.Get(AI_MATKEY_COLOR_DIFFUSE, diffuse);
  material.Get(AI_MATKEY_COLOR_EMISSIVE, emissive);
  const double opacity = opacity_of(material, out.name, builder);
  const auto channel = [](float value) {
    return std::isfinite(value) ? std::clamp(static_cast<double>(value), 0.0, 1.0) : 0.8;
  };
  if (out.base_color_texture.used())
    out.base_color = {1, 1, 1, opacity};
  else
    out.base_color = {channel(diffuse.r), channel(diffuse.g), channel(diffuse.b), opacity};
  if (opacity < 1) out.alpha_mode = AlphaMode::kBlend;
  out.metallic = std::clamp(factor(material, AI_MATKEY_METALLIC_FACTOR, 0), 0.0, 1.0);
  out.roughness = roughness_of(material);
  if (has_extension(base, ".obj"))  // in FBX exporters disagree on what the map means
    add_opacity_map(texture(aiTextureType_OPACITY), textures, builder, out);
  if (collada != nullptr && !collada->opaque.empty())
    add_opacity_map(collada_opacity(texture(aiTextureType_OPACITY), collada->opaque, textures), textures,
                    builder, out);
  out.normal_texture = texture(aiTextureType_NORMALS);
  if (!out.normal_texture.used()) {
    const MtlMap* map = map_of(material, aiTextureType_HEIGHT, maps);
    add_bump_map(texture(aiTextureType_HEIGHT), map != nullptr ? map->bump : 1, textures, out);
  }
  out.emissive_texture = texture(aiTextureType_EMISSIVE);
  out.emissive = {channel(emissive.r), channel(emissive.g), channel(emissive.b)};
  if (out.emissive_texture.used() && out.emissive == Vec3d{0, 0, 0}) out.emissive = {1, 1, 1};
  return out;
}

}  // namespace funcorr
