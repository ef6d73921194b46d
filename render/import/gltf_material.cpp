#include <algorithm>

#include "render/import/gltf_scene.h"

namespace funcorr {
namespace {

Wrap wrap_of(const GltfNode& sampler, const std::string& name) {
  const std::int64_t value = sampler.present() ? sampler.integer(name, 10497) : 10497;
  switch (value) {
    case 10497:
      return Wrap::kRepeat;
    case 33071:
      return Wrap::kClamp;
    case 33648:
      return Wrap::kMirror;
    default:
      sampler.child(name).fail("10497, 33071 or 33648");
  }
}

int load_image(GltfFile& file, int index, TextureStore& textures) {
  const GltfNode image = file.element("images", index);
  const std::string key = image.where, uri = image.text("uri");
  if (uri.empty()) return textures.from_memory(key, file.buffer_view(image.index("bufferView")));
  if (GltfFile::is_data_uri(uri)) return textures.from_memory(key, GltfFile::decode_data_uri(uri, key));
  return textures.from_file(file.path(), GltfFile::decode_uri(uri));
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
  const int sampler_index = texture.index("sampler"), source = texture.index("source");
  const GltfNode sampler = sampler_index >= 0 ? file.element("samplers", sampler_index) : GltfNode{};
  ref.wrap_u = wrap_of(sampler, "wrapS");
  ref.wrap_v = wrap_of(sampler, "wrapT");
  if (source < 0)
    builder.warn(texture.where + " has no PNG or JPEG source");
  else
    ref.texture = load_image(file, source, textures);
  return ref;
}

void read_specular_glossiness(GltfFile& file, const GltfNode& node, TextureStore& textures,
                              SceneBuilder& builder, Material& material) {
  const std::vector<double> diffuse = node.numbers("diffuseFactor", {1, 1, 1, 1});
  std::copy_n(diffuse.begin(), 4, material.base_color.begin());
  material.base_color_texture = read_texture(file, node.object("diffuseTexture"), textures, builder);
  material.metallic = 0;
  material.roughness = 1 - std::clamp(node.number("glossinessFactor", 1), 0.0, 1.0);
  material.metallic_roughness_texture = {};
}

void read_metallic_roughness(GltfFile& file, const GltfNode& node, TextureStore& textures,
                             SceneBuilder& builder, Material& material) {
  const std::vector<double> base =
      node.present() ? node.numbers("baseColorFactor", {1, 1, 1, 1}) : std::vector<double>{1, 1, 1, 1};
  std::copy_n(base.begin(), 4, material.base_color.begin());
  material.metallic = std::clamp(node.number("metallicFactor", 1), 0.0, 1.0);
  material.roughness = std::clamp(node.number("roughnessFactor", 1), 0.0, 1.0);
  material.base_color_texture = read_texture(file, node.object("baseColorTexture"), textures, builder);
  material.metallic_roughness_texture =
      read_texture(file, node.object("metallicRoughnessTexture"), textures, builder);
}

void read_alpha(const GltfNode& node, Material& material) {
  const std::string mode = node.text("alphaMode", "OPAQUE");
  if (mode != "OPAQUE" && mode != "MASK" && mode != "BLEND")
    node.child("alphaMode").fail("OPAQUE, MASK or BLEND");
  material.alpha_mode = mode == "MASK"    ? AlphaMode::kMask
                        : mode == "BLEND" ? AlphaMode::kBlend
                                          : AlphaMode::kOpaque;
  material.alpha_cutoff = node.number("alphaCutoff", 0.5);
}

void warn_of_unread_extensions(const GltfNode& node, SceneBuilder& builder) {
  const GltfNode extensions = node.object("extensions");
  if (!extensions.present()) return;
  for (const auto& [name, value] : extensions.value->items())
    if (name != "KHR_materials_unlit" && name != "KHR_materials_emissive_strength" &&
        name != "KHR_materials_pbrSpecularGlossiness")
      builder.warn("material extension " + name + " is not rendered");
}

Material read_material(GltfFile& file, const GltfNode& node, TextureStore& textures, SceneBuilder& builder) {
  Material material;
  material.name = node.text("name");
  const GltfNode glossiness = node.extension("KHR_materials_pbrSpecularGlossiness");
  read_metallic_roughness(file, node.object("pbrMetallicRoughness"), textures, builder, material);
  if (glossiness.present()) read_specular_glossiness(file, glossiness, textures, builder, material);
  const GltfNode normal = node.object("normalTexture");
  material.normal_scale = normal.number("scale", 1);
  material.normal_texture = read_texture(file, normal, textures, builder);
  const std::vector<double> emissive = node.numbers("emissiveFactor", {0, 0, 0});
  const double strength = node.extension("KHR_materials_emissive_strength").number("emissiveStrength", 1);
  material.emissive = Vec3d{emissive[0], emissive[1], emissive[2]} * strength;
  material.emissive_texture = read_texture(file, node.object("emissiveTexture"), textures, builder);
  read_alpha(node, material);
  material.double_sided = node.boolean("doubleSided", false);
  material.unlit = node.extension("KHR_materials_unlit").present();
  warn_of_unread_extensions(node, builder);
  return material;
}

}  // namespace

std::vector<Material> read_gltf_materials(GltfFile& file, TextureStore& textures, SceneBuilder& builder) {
  std::vector<Material> materials;
  for (std::size_t i = 0; i < file.count("materials"); ++i)
    materials.push_back(
        read_material(file, file.element("materials", static_cast<int>(i)), textures, builder));
  Material fallback;
  fallback.name = "default";
  fallback.metallic = 1;
  fallback.double_sided = false;
  materials.push_back(fallback);
  return materials;
}

}  // namespace funcorr
