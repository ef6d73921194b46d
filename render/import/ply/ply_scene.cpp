#include "render/import/ply/ply_scene.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <span>

#include "db/format/text.h"
#include "render/geometry/triangulate.h"
#include "render/import/assimp/obj_text.h"
#include "render/import/ply/off_text.h"
#include "render/import/ply/ply_file.h"

namespace funcorr {
namespace {

using Row = std::vector<std::vector<double>>;

// Values of an integer property at full scale.
double full_scale(PlyType type) {
  return type == PlyType::kUint8 ? 255.0 : type == PlyType::kUint16 ? 65535.0 : 1.0;
}

// Of "comment TextureFile name".
std::vector<std::string> named_textures(const PlyHeader& header) {
  constexpr std::string_view kKey = "TextureFile ";
  std::vector<std::string> names;
  for (const std::string& comment : header.comments) {
    if (!comment.starts_with(kKey)) continue;
    names.push_back(comment.substr(kKey.size()));
    while (names.back().ends_with('\r') || names.back().ends_with(' ')) names.back().pop_back();
  }
  return names;
}

class PlyReader {
 public:
  PlyReader(std::string_view file, SceneBuilder& builder)
      : header_(read_ply_header(file)),
        texture_names_(named_textures(header_)),
        values_(header_, file),
        builder_(builder) {}

  MeshPiece read() {
    for (const PlyElement& element : header_.elements) {
      values_.check_room(element);
      if (element.name == "vertex")
        read_vertices(element);
      else if (element.name == "face")
        read_faces(element);
      else if (element.name == "tristrips")
        read_strips(element);
      else
        skip(element);
    }
    if (!mesh_.triangle_material.empty()) mesh_.triangle_material.resize(mesh_.triangles.size(), -1);
    MeshPiece piece;
    piece.mesh = std::move(mesh_);
    return piece;
  }
  const std::vector<std::string>& texture_names() const { return texture_names_; }

 private:
  struct Attribute {
    int property = -1;
    double scale = 1;
    double of(const Row& row) const { return row[static_cast<std::size_t>(property)].at(0) * scale; }
  };
  static Attribute attribute(const PlyElement& element, std::initializer_list<std::string_view> names) {
    const int at = element.find(names);
    if (at < 0 || element.properties[static_cast<std::size_t>(at)].is_list) return {};
    return {at, 1 / full_scale(element.properties[static_cast<std::size_t>(at)].type)};
  }
  template <std::size_t N>
  static bool all_there(const std::array<Attribute, N>& attributes) {
    return std::ranges::all_of(attributes, [](const Attribute& a) { return a.property >= 0; });
  }

  void read_vertices(const PlyElement& element) {
    std::array<Attribute, 3> position{attribute(element, {"x"}), attribute(element, {"y"}),
                                      attribute(element, {"z"})};
    if (!all_there(position)) throw ImportError("bad_ply", "element vertex has no x, y and z");
    if (!mesh_.positions.empty()) throw ImportError("bad_ply", "element vertex stands there twice");
    for (Attribute& axis : position) axis.scale = 1;  // integers count as they are
    const std::array<Attribute, 3> normal{attribute(element, {"nx"}), attribute(element, {"ny"}),
                                          attribute(element, {"nz"})};
    const std::array<Attribute, 3> color{attribute(element, {"red", "r", "diffuse_red"}),
                                         attribute(element, {"green", "g", "diffuse_green"}),
                                         attribute(element, {"blue", "b", "diffuse_blue"})};
    const Attribute alpha = attribute(element, {"alpha", "a"});
    const std::array<Attribute, 2> uv{attribute(element, {"u", "s", "texture_u"}),
                                      attribute(element, {"v", "t", "texture_v"})};
    Row row;
    for (std::size_t i = 0; i < element.count; ++i) {
      values_.read_row(element, row);
      mesh_.positions.push_back({position[0].of(row), position[1].of(row), position[2].of(row)});
      if (all_there(normal))
        mesh_.normals.push_back({static_cast<float>(normal[0].of(row)), static_cast<float>(normal[1].of(row)),
                                 static_cast<float>(normal[2].of(row))});
      if (all_there(uv))  // v grows upward
        mesh_.uvs[0].push_back({static_cast<float>(uv[0].of(row)), static_cast<float>(1 - uv[1].of(row))});
      if (all_there(color)) {
        std::array<float, 4> rgba{1, 1, 1, 1};
        for (std::size_t c = 0; c < 3; ++c) rgba[c] = linear_from_srgb(color[c].of(row));
        if (alpha.property >= 0) rgba[3] = static_cast<float>(std::clamp(alpha.of(row), 0.0, 1.0));
        mesh_.colors.push_back(rgba);
      }
    }
  }

  // Scanners and editors show colours of vertices as they are: sRGB.
  static float linear_from_srgb(double c) {
    if (!std::isfinite(c)) return 1;
    c = std::clamp(c, 0.0, 1.0);
    return static_cast<float>(c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4));
  }

  std::uint32_t vertex_index(double value) const {
    if (!(value >= 0) || value >= static_cast<double>(mesh_.positions.size()))
      throw ImportError("bad_index",
                        "a face refers to vertex " +
                            std::to_string(static_cast<std::int64_t>(std::clamp(value, -1e15, 1e15))) +
                            " of " + std::to_string(mesh_.positions.size()));
    return static_cast<std::uint32_t>(value);
  }

  void read_faces(const PlyElement& element) {
    const int indices = element.find({"vertex_indices", "vertex_index"}), uvs = element.find({"texcoord"});
    if (indices < 0) return skip(element);
    const Attribute texture = attribute(element, {"texnumber"});
    if (texture.property >= 0)
      mesh_.triangle_material.resize(mesh_.triangles.size(), -1);  // of strips before
    builder_.reserve_triangles(static_cast<std::int64_t>(element.count));
    Row row;
    std::vector<std::uint32_t> corners;
    for (std::size_t i = 0; i < element.count; ++i) {
      values_.read_row(element, row);
      corners.clear();
      for (const double index : row[static_cast<std::size_t>(indices)])
        corners.push_back(vertex_index(index));
      if (uvs >= 0 && row[static_cast<std::size_t>(uvs)].size() == 2 * corners.size())
        give_own_coordinates(corners, row[static_cast<std::size_t>(uvs)]);
      add_polygon(corners);
      if (texture.property < 0) continue;
      const double number = row[static_cast<std::size_t>(texture.property)].at(0);
      const bool is_known = number >= 0 && number < static_cast<double>(texture_names_.size());
      mesh_.triangle_material.resize(mesh_.triangles.size(), is_known ? static_cast<int>(number) : -1);
    }
  }

  // Texture coordinates of the face's corners: copies of its vertices that bear them.
  void give_own_coordinates(std::vector<std::uint32_t>& corners, const std::vector<double>& uv) {
    builder_.reserve_triangles(static_cast<std::int64_t>(mesh_.triangles.size() + corners.size()));
    mesh_.uvs[0].resize(mesh_.positions.size(), Vec2f{0, 0});
    for (std::size_t k = 0; k < corners.size(); ++k) {
      const std::uint32_t source = corners[k];
      corners[k] = static_cast<std::uint32_t>(mesh_.positions.size());
      mesh_.positions.push_back(Vec3d(mesh_.positions[source]));
      if (!mesh_.normals.empty()) mesh_.normals.push_back(Vec3f(mesh_.normals[source]));
      if (!mesh_.colors.empty()) mesh_.colors.push_back(std::array<float, 4>(mesh_.colors[source]));
      mesh_.uvs[0].push_back({static_cast<float>(uv[2 * k]), static_cast<float>(1 - uv[2 * k + 1])});
    }
  }

  void add_polygon(const std::vector<std::uint32_t>& corners) {
    if (corners.size() < 3) {
      ++builder_.statistics().non_triangles;
      return;
    }
    builder_.reserve_triangles(static_cast<std::int64_t>(mesh_.triangles.size() + corners.size() - 2));
    std::vector<Vec3d> polygon;
    for (const std::uint32_t corner : corners) polygon.push_back(mesh_.positions[corner]);
    for (const auto& [a, b, c] : triangulate(polygon))
      mesh_.triangles.push_back({corners[a], corners[b], corners[c]});
  }

  // Strips end at −1; every second triangle is turned.
  void read_strips(const PlyElement& element) {
    const int indices = element.find({"vertex_indices", "vertex_index"});
    if (indices < 0) return skip(element);
    Row row;
    for (std::size_t i = 0; i < element.count; ++i) {
      values_.read_row(element, row);
      std::vector<std::uint32_t> strip;
      for (const double index : row[static_cast<std::size_t>(indices)]) {
        if (index == -1) {
          strip.clear();
          continue;
        }
        strip.push_back(vertex_index(index));
        const std::size_t n = strip.size();
        if (n < 3) continue;
        builder_.reserve_triangles(static_cast<std::int64_t>(mesh_.triangles.size() + 1));
        if (n % 2 == 1)
          mesh_.triangles.push_back({strip[n - 3], strip[n - 2], strip[n - 1]});
        else
          mesh_.triangles.push_back({strip[n - 2], strip[n - 3], strip[n - 1]});
      }
    }
  }

  void skip(const PlyElement& element) {
    Row row;
    for (std::size_t i = 0; i < element.count; ++i) values_.read_row(element, row);
    if (element.name == "edge")
      builder_.statistics().non_triangles += static_cast<std::int64_t>(element.count);
  }

  PlyHeader header_;
  std::vector<std::string> texture_names_;
  PlyValues values_;
  SceneBuilder& builder_;
  Mesh mesh_;
};

// One for each texture, in the order of the comments (MeshLab's texnumber counts them), "": none; one at
// least. Blender's grey where the file says nothing of colour.
std::vector<Material> materials_of(const std::vector<std::string>& names, const Mesh& mesh,
                                   const std::string& path, TextureStore& textures) {
  Material plain;
  plain.name = "default";
  plain.roughness = 0.8;
  if (std::ranges::any_of(mesh.colors, [](const auto& color) { return color[3] < 1; }))
    plain.alpha_mode = AlphaMode::kBlend;
  std::vector<Material> materials(std::max<std::size_t>(names.size(), 1), plain);
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!names[i].empty()) materials[i].base_color_texture.texture = textures.from_file(path, names[i]);
  for (Material& material : materials)
    if (!material.base_color_texture.used() && mesh.colors.empty()) material.base_color = {0.8, 0.8, 0.8, 1};
  return materials;
}

}  // namespace

void read_ply(const AssetFolder& folder, const std::string& path, TextureStore& textures,
              SceneBuilder& builder) {
  const auto bytes = folder.read(path);
  if (!bytes) throw ImportError("unreadable", "no file '" + path + "'");
  if (bytes->empty()) throw ImportError("no_triangles", "the file is empty (0 bytes)");
  std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  std::string from_off;
  if (lower_case(std::filesystem::path(path).extension().string()) == ".off")
    text = from_off = ply_of_off(text, builder);
  PlyReader reader(text, builder);
  MeshPiece piece = reader.read();
  if (piece.mesh.triangles.empty()) {
    builder.statistics().non_triangles += static_cast<std::int64_t>(piece.mesh.positions.size());
    return;
  }
  piece.group = std::filesystem::path(path).stem().string();
  auto& materials = builder.scene().materials;
  const auto first = static_cast<int>(materials.size());
  piece.material = first;
  std::vector<std::string> names = reader.texture_names();
  const auto bare = static_cast<std::int32_t>(names.size());
  if (std::ranges::count(piece.mesh.triangle_material, -1) > 0) names.emplace_back();
  for (std::int32_t& material : piece.mesh.triangle_material)
    material = first + (material < 0 ? bare : material);
  for (Material& material : materials_of(names, piece.mesh, path, textures))
    materials.push_back(std::move(material));
  builder.add(std::move(piece), Transform{});
}

}  // namespace funcorr
