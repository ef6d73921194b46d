#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "db/format/image.h"
#include "db/format/transform.h"
#include "db/format/vector.h"

namespace funcorr {

enum class Wrap { kRepeat, kClamp, kMirror };

// Where a material takes a texture from. Texture coordinates as in glTF: (0, 0) is the image's top-left
// corner, v grows downward; importers of formats with v upward have turned it already.
struct TextureRef {
  int texture = -1;  // index into Scene::textures; −1: none
  int uv_set = 0;    // 0 or 1
  Wrap wrap_u = Wrap::kRepeat, wrap_v = Wrap::kRepeat;
  // KHR_texture_transform: uv' = offset + R(rotation)·(scale ∘ uv), R = [cos sin; −sin cos].
  Vec2d offset{0, 0}, scale{1, 1};
  double rotation = 0;  // radians
  bool used() const { return texture >= 0; }
  Vec2d transformed(const Vec2d& uv) const;
};

enum class AlphaMode { kOpaque, kMask, kBlend };

// Metallic-roughness material with glTF's meaning of every field. Colours are linear; textures of colour
// (base colour, emissive) are stored sRGB-encoded, the others linear.
struct Material {
  std::string name;
  std::array<double, 4> base_color{1, 1, 1, 1};  // linear RGBA factor, times texture, times vertex colour
  TextureRef base_color_texture;
  double metallic = 0, roughness = 1;     // factors
  TextureRef metallic_roughness_texture;  // G: roughness, B: metallic
  TextureRef normal_texture;              // tangent space, +Y up (OpenGL)
  double normal_scale = 1;
  Vec3d emissive{0, 0, 0};  // linear factor, emissive strength included
  TextureRef emissive_texture;
  AlphaMode alpha_mode = AlphaMode::kOpaque;
  double alpha_cutoff = 0.5;  // kMask: transparent where alpha is below
  bool double_sided = true;   // false: back faces are invisible in a strict glTF viewer
  bool unlit = false;         // KHR_materials_unlit

  // KHR_materials_ior, KHR_materials_specular: a dielectric reflects F0 = ((ior − 1)/(ior + 1))²·specular·
  // specular_color head on and F90 = specular at grazing angles.
  double ior = 1.5;  // of the inside; ≥ 1
  double specular = 1;
  TextureRef specular_texture;  // A
  Vec3d specular_color{1, 1, 1};
  TextureRef specular_color_texture;
  // KHR_materials_pbrSpecularGlossiness: base_color is the diffuse colour, specular_color is F0 itself
  // (specular_color_texture: RGB its colour, A glossiness), roughness = 1 − the factor of glossiness;
  // metallic and ior mean nothing.
  bool specular_glossiness = false;
  // KHR_materials_transmission, KHR_materials_volume: the share of the light entering the surface that passes
  // instead of being scattered back, tinted by base_color. thickness 0: a thin wall, which does not refract;
  // above: the surface bounds a solid, which refracts and absorbs: attenuation_color remains after
  // attenuation_distance (in the mesh's unit; infinite: clear).
  double transmission = 0;
  TextureRef transmission_texture;  // R
  double thickness = 0;  // its texture is for renderers without rays, which cannot tell the true way through
  Vec3d attenuation_color{1, 1, 1};
  double attenuation_distance = std::numeric_limits<double>::infinity();
  // KHR_materials_clearcoat: a colourless layer of ior 1.5 on top.
  double clearcoat = 0, clearcoat_roughness = 0;
  TextureRef clearcoat_texture, clearcoat_roughness_texture;  // R; G
  TextureRef clearcoat_normal_texture;
  double clearcoat_normal_scale = 1;
};

// 1, 3 or 4 channels, 8 bit, straight alpha. sRGB or linear is decided by the use (see Material).
struct Texture {
  std::string name;
  Image8 image;
};

// Indexed triangles. Per-vertex arrays are empty or as long as `positions`; per-triangle arrays are as long
// as `triangles`. Counter-clockwise seen from outside.
struct Mesh {
  std::vector<Vec3d> positions;  // asset space; normalised object space after normalize()
  std::vector<Vec3f> normals;    // unit; never empty after import_asset()
  std::array<std::vector<Vec2f>, 2> uvs;
  std::vector<std::array<float, 4>> colors;  // linear RGBA
  std::vector<std::array<std::uint32_t, 3>> triangles;
  std::vector<std::int32_t> triangle_material;  // index into Scene::materials
  std::vector<std::int16_t> triangle_part;      // index into Scene::part_names; −1: unknown
  std::vector<std::uint32_t>
      triangle_source;  // index in the file's order, before degenerate ones were dropped

  // Cross product of the edges: twice the area, along the face normal.
  Vec3d area_vector(std::size_t triangle) const;
};

// What an import met and left out.
struct ImportStatistics {
  std::int64_t source_triangles = 0;      // in the file, degenerate ones included
  std::int64_t degenerate_triangles = 0;  // dropped: zero area or repeated vertices
  std::int64_t non_triangles = 0;         // dropped: points and lines
  std::int64_t unreferenced_vertices = 0;
  int textures_named = 0, textures_missing = 0;  // by materials; missing: not there, or not to be decoded
  int base_colors_undecoded = 0;  // materials whose base colour is in a format that is not decoded
  int nonconformities = 0;        // rules of the format that the file breaks, its meaning being clear
  int nodes = 0, meshes = 0;
};

// A static object: all meshes joined, node transforms baked.
struct Scene {
  Mesh mesh;
  std::vector<Material> materials;  // never empty
  std::vector<Texture> textures;
  std::vector<std::string> part_names;  // part id = index
  std::vector<std::string> warnings;    // one line each
  Transform asset_from_file;            // the turn of a z-up file to y-up; identity for y-up ones
  ImportStatistics statistics;
};

struct Bounds {
  Vec3d low, high;
  Vec3d extent() const { return high - low; }
  Vec3d center() const { return (low + high) * 0.5; }
};
// Of the vertices that triangles use. Throws std::invalid_argument for a mesh without triangles.
Bounds bounds_of(const Mesh& mesh);

// Moves the mesh to normalised object space — bounding-box centre at the origin, max |coordinate| = 0.5 — and
// returns normalized_from_asset; attenuation distances shrink alike. Throws std::invalid_argument when the
// box has no size.
Transform normalize(Scene& scene);
// The same by a normalisation that is given. Throws std::invalid_argument for a singular one.
void normalize(Scene& scene, const Transform& normalized_from_asset);
// Groups vertices by exact position: [V] → number of the group, counted from 0.
std::vector<std::uint32_t> weld_by_position(const std::vector<Vec3d>& positions);
// Pieces that share no vertex, vertices of one `weld` group counting as one: [T] → number of the triangle's
// piece, counted from 0 in the order of first triangles.
std::vector<std::int32_t> components_of(const Mesh& mesh, const std::vector<std::uint32_t>& weld);
// Applies an affine map to positions and normals; a mirroring one flips the winding.
void transform_mesh(Mesh& mesh, const Transform& target_from_source);

// Area-weighted vertex normals; vertices at one position are smoothed together where their faces' normals
// differ by less than `crease_degrees`. Fills mesh.normals, splitting vertices at creases.
void compute_smooth_normals(Mesh& mesh, double crease_degrees = 40);

}  // namespace funcorr
