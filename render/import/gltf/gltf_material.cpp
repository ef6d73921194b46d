#include <algorithm>
#include <set>

#include "db/format/text.h"
#include "render/import/gltf/gltf_scene.h"

namespace funcorr {
namespace {

Wrap wrap_of(const GltfNode& sampler, const std::string& name, SceneBuilder& builder) {
  const std::int64_t value = sampler.present() ? sampler.integer(name, 10497) : 10497;
  switch (value) {
    case 10497:
      return Wrap::kRepeat;
    case 33071:
      return Wrap::kClamp;
    case 33648:
      return Wrap::kMirror;
    case 10496:  // OpenGL's old GL_CLAMP
      builder.warn_nonconforming(sampler.where + "." + name + " is 10496: read as clamping, 33071");
      return Wrap::kClamp;
    default:
      builder.warn_nonconforming(sampler.where + "." + name + " is " + std::to_string(value) +
                                 ": read as the default, 10497");
      return Wrap::kRepeat;
  }
}

int load_image(GltfFile& file, int index, TextureStore& textures) {
  const GltfNode image = file.element("images", index);
  const std::string key = image.where, uri = image.text("uri");
  if (uri.empty()) return textures.from_memory(key, file.buffer_view(image.index("bufferView")));
  if (GltfFile::is_data_uri(uri)) return textures.from_memory(key, file.decode_data_uri(uri, key));
  return textures.from_file(file.path(), percent_decoded(uri));
}

void read_texture_transform(const GltfNode& info, TextureRef& ref) {
  const GltfNode transform = info.extension("KHR_texture_transform");
  if (!transform.present()) return;
  const std::vector<double> offset = transform.numbers("offset", {0, 0}),
                            scale = transform.numbers("scale", {1, 1});
  ref.offset = {offset[0], offset[1]};
  ref.scale = {scale[0], scale[1]};
  ref.rotation = transform.number("rotation", 0);
  ref.uv_set = static_cast<int>(transform.integer("texCoord", ref.uv_set));
}

constexpr const char* kKtx2 = "KHR_texture_basisu";

// The plain image where there is one: extensions offer smaller copies of it.
int source_of(const GltfNode& texture) {
  int source = texture.index("source");
  for (const char* extension : {"EXT_texture_webp", "EXT_texture_avif", "MSFT_texture_dds", kKtx2})
    if (source < 0) source = texture.extension(extension).index("source");
  return source;
}

// No library of Debian decodes Basis Universal's supercompression.
bool is_ktx2(const GltfFile& file, const GltfNode& info) {
  const int index = info.index("index");
  if (index < 0) return false;
  const GltfNode texture = file.element("textures", index);
  const int source = texture.index("source");
  return source < 0 ? texture.extension(kKtx2).present()
                    : file.element("images", source).text("mimeType") == "image/ktx2";
}

TextureRef read_texture(GltfFile& file, const GltfNode& info, TextureStore& textures, SceneBuilder& builder) {
  TextureRef ref;
  if (!info.present()) return ref;
  const int index = info.index("index");
  if (index < 0) info.child("index").fail("the index of a texture");
  ref.uv_set = static_cast<int>(info.integer("texCoord", 0));
  read_texture_transform(info, ref);
  if (ref.uv_set > 1) {
    builder.warn(info.where + " uses TEXCOORD_" + std::to_string(ref.uv_set) + ": only 0 and 1 are kept");
    return {};
  }
  const GltfNode texture = file.element("textures", index);
  const int sampler_index = texture.index("sampler"), source = source_of(texture);
  const GltfNode sampler = sampler_index >= 0 ? file.element("samplers", sampler_index) : GltfNode{};
  ref.wrap_u = wrap_of(sampler, "wrapS", builder);
  ref.wrap_v = wrap_of(sampler, "wrapT", builder);
  if (source < 0)
    builder.warn(texture.where + " has no source");
  else
    ref.texture = load_image(file, source, textures);
  if (ref.texture < 0 && is_ktx2(file, info))
    builder.warn(texture.where + " is stored as KTX2 (KHR_texture_basisu) only, which is not decoded");
  return ref;
}

// What every texture of a material needs.
struct MaterialReader {
  GltfFile& file;
  TextureStore& textures;
  SceneBuilder& builder;

  TextureRef texture(const GltfNode& node, const std::string& name) const {
    return read_texture(file, node.object(name), textures, builder);
  }
};

double fraction(const GltfNode& node, const std::string& name, double fallback) {
  return std::clamp(node.number(name, fallback), 0.0, 1.0);
}

Vec3d color(const GltfNode& node, const std::string& name, double fallback) {
  const std::vector<double> rgb = node.numbers(name, {fallback, fallback, fallback});
  return {rgb[0], rgb[1], rgb[2]};
}

void read_specular_glossiness(const MaterialReader& reader, const GltfNode& node, Material& material) {
  if (!node.present()) return;
  const std::vector<double> diffuse = node.numbers("diffuseFactor", {1, 1, 1, 1});
  std::copy_n(diffuse.begin(), 4, material.base_color.begin());
  material.base_color_texture = reader.texture(node, "diffuseTexture");
  material.specular_glossiness = true;
  material.specular_color = color(node, "specularFactor", 1);
  material.specular_color_texture = reader.texture(node, "specularGlossinessTexture");
  material.roughness = 1 - fraction(node, "glossinessFactor", 1);
  material.metallic = 0;
  material.metallic_roughness_texture = {};
}

void read_ior_and_specular(const MaterialReader& reader, const GltfNode& node, Material& material) {
  constexpr double kMirror = 1e4;  // ior 0 stands for an infinite one
  const double ior = node.extension("KHR_materials_ior").number("ior", 1.5);
  material.ior = ior == 0 ? kMirror : std::clamp(ior, 1.0, kMirror);
  const GltfNode specular = node.extension("KHR_materials_specular");
  if (!specular.present() || material.specular_glossiness) return;
  material.specular = fraction(specular, "specularFactor", 1);
  material.specular_texture = reader.texture(specular, "specularTexture");
  material.specular_color = color(specular, "specularColorFactor", 1);
  material.specular_color_texture = reader.texture(specular, "specularColorTexture");
}

void read_transmission(const MaterialReader& reader, const GltfNode& node, Material& material) {
  const GltfNode transmission = node.extension("KHR_materials_transmission");
  material.transmission = fraction(transmission, "transmissionFactor", 0);
  material.transmission_texture = reader.texture(transmission, "transmissionTexture");
  const GltfNode volume = node.extension("KHR_materials_volume");
  if (!volume.present()) return;
  material.thickness = std::max(volume.number("thicknessFactor", 0), 0.0);
  const double distance = volume.number("attenuationDistance", 0);
  if (distance > 0) material.attenuation_distance = distance;
  material.attenuation_color = color(volume, "attenuationColor", 1);
}

void read_clearcoat(const MaterialReader& reader, const GltfNode& node, Material& material) {
  const GltfNode coat = node.extension("KHR_materials_clearcoat");
  if (!coat.present()) return;
  material.clearcoat = fraction(coat, "clearcoatFactor", 0);
  material.clearcoat_texture = reader.texture(coat, "clearcoatTexture");
  material.clearcoat_roughness = fraction(coat, "clearcoatRoughnessFactor", 0);
  material.clearcoat_roughness_texture = reader.texture(coat, "clearcoatRoughnessTexture");
  material.clearcoat_normal_texture = reader.texture(coat, "clearcoatNormalTexture");
  material.clearcoat_normal_scale = coat.object("clearcoatNormalTexture").number("scale", 1);
}

void read_metallic_roughness(const MaterialReader& reader, const GltfNode& node, Material& material) {
  const std::vector<double> base = node.numbers("baseColorFactor", {1, 1, 1, 1});
  std::copy_n(base.begin(), 4, material.base_color.begin());
  material.metallic = fraction(node, "metallicFactor", 1);
  material.roughness = fraction(node, "roughnessFactor", 1);
  material.base_color_texture = reader.texture(node, "baseColorTexture");
  material.metallic_roughness_texture = reader.texture(node, "metallicRoughnessTexture");
}

void read_normal_and_emission(const MaterialReader& reader, const GltfNode& node, Material& material) {
  material.normal_texture = reader.texture(node, "normalTexture");
  material.normal_scale = node.object("normalTexture").number("scale", 1);
  const double strength = node.extension("KHR_materials_emissive_strength").number("emissiveStrength", 1);
  material.emissive = color(node, "emissiveFactor", 0) * strength;
  material.emissive_texture = reader.texture(node, "emissiveTexture");
}

void read_alpha(const MaterialReader& reader, const GltfNode& node, Material& material) {
  const std::string mode = node.text("alphaMode", "OPAQUE");
  if (mode != "OPAQUE" && mode != "MASK" && mode != "BLEND")
    reader.builder.warn_nonconforming(node.where + ".alphaMode is '" + mode +
                                      "': read as the default, OPAQUE");
  material.alpha_mode = mode == "MASK"    ? AlphaMode::kMask
                        : mode == "BLEND" ? AlphaMode::kBlend
                                          : AlphaMode::kOpaque;
  material.alpha_cutoff = node.number("alphaCutoff", 0.5);
}

void warn_of_unread_extensions(const GltfNode& node, SceneBuilder& builder) {
  static const std::set<std::string> read{
      "KHR_materials_unlit",  "KHR_materials_emissive_strength", "KHR_materials_pbrSpecularGlossiness",
      "KHR_materials_ior",    "KHR_materials_specular",          "KHR_materials_transmission",
      "KHR_materials_volume", "KHR_materials_clearcoat"};
  const GltfNode extensions = node.object("extensions");
  if (!extensions.present()) return;
  for (const auto& [name, value] : extensions.value->items())
    if (!read.contains(name)) builder.warn("material extension " + name + " is not rendered");
}

void count_undecoded_base_color(const MaterialReader& reader, const GltfNode& node,
                                const Material& material) {
  const GltfNode glossiness = node.extension("KHR_materials_pbrSpecularGlossiness");
  const GltfNode info = glossiness.present() ? glossiness.object("diffuseTexture")
                                             : node.object("pbrMetallicRoughness").object("baseColorTexture");
  if (material.base_color_texture.texture < 0 && is_ktx2(reader.file, info))
    ++reader.builder.statistics().base_colors_undecoded;
}

Material read_material(const MaterialReader& reader, const GltfNode& node) {
  Material material;
  material.name = node.text("name");
  read_metallic_roughness(reader, node.object("pbrMetallicRoughness"), material);
  read_specular_glossiness(reader, node.extension("KHR_materials_pbrSpecularGlossiness"), material);
  count_undecoded_base_color(reader, node, material);
  read_ior_and_specular(reader, node, material);
  read_transmission(reader, node, material);
  read_clearcoat(reader, node, material);
  read_normal_and_emission(reader, node, material);
  read_alpha(reader, node, material);
  material.double_sided = node.boolean("doubleSided", false);
  material.unlit = node.extension("KHR_materials_unlit").present();
  warn_of_unread_extensions(node, reader.builder);
  return material;
}

}  // namespace

std::vector<Material> read_gltf_materials(GltfFile& file, TextureStore& textures, SceneBuilder& builder) {
  std::vector<Material> materials;
  for (std::size_t i = 0; i < file.count("materials"); ++i)
    materials.push_back(
        read_material({file, textures, builder}, file.element("materials", static_cast<int>(i))));
  Material fallback;
  fallback.name = "default";
  fallback.metallic = 1;
  fallback.double_sided = false;
  materials.push_back(fallback);
  return materials;
}

}  // namespace funcorr
