#include "tools/sample_objects/glb.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace funcorr {
namespace {

constexpr int kFloat = 5126, kUnsignedInt = 5125;            // component types
constexpr int kArrayBuffer = 34962, kElementBuffer = 34963;  // buffer view targets

// Binary chunk and the JSON lists that point into it.
class GlbBuilder {
 public:
  // Index of the new buffer view.
  int add_view(const void* data, std::size_t bytes, int target) {
    nlohmann::json view = {{"buffer", 0}, {"byteOffset", binary_.size()}, {"byteLength", bytes}};
    if (target != 0) view["target"] = target;
    binary_.append(static_cast<const char*>(data), bytes);
    binary_.append((4 - binary_.size() % 4) % 4, '\0');
    views_.push_back(std::move(view));
    return static_cast<int>(views_.size()) - 1;
  }
  int add_accessor(nlohmann::json accessor) {
    accessors_.push_back(std::move(accessor));
    return static_cast<int>(accessors_.size()) - 1;
  }
  template <std::size_t N>
  int add_floats(const std::vector<std::array<float, N>>& rows, bool with_bounds) {
    const int view = add_view(rows.data(), rows.size() * sizeof(rows[0]), kArrayBuffer);
    nlohmann::json accessor = {{"bufferView", view},
                               {"componentType", kFloat},
                               {"count", rows.size()},
                               {"type", N == 3 ? "VEC3" : "VEC2"}};
    if (with_bounds) {
      auto low = rows.front(), high = rows.front();
      for (const auto& row : rows)
        for (std::size_t i = 0; i < N; ++i) {
          low[i] = std::min(low[i], row[i]);
          high[i] = std::max(high[i], row[i]);
        }
      accessor["min"] = low;
      accessor["max"] = high;
    }
    return add_accessor(std::move(accessor));
  }
  std::string finish(nlohmann::json document) {
    document["buffers"] = {{{"byteLength", binary_.size()}}};
    document["bufferViews"] = views_;
    document["accessors"] = accessors_;
    std::string text = document.dump();
    text.append((4 - text.size() % 4) % 4, ' ');
    std::string glb = "glTF";
    append_uint(glb, 2);
    append_uint(glb, static_cast<std::uint32_t>(12 + 8 + text.size() + 8 + binary_.size()));
    append_uint(glb, static_cast<std::uint32_t>(text.size()));
    glb += "JSON" + text;
    append_uint(glb, static_cast<std::uint32_t>(binary_.size()));
    glb += std::string("BIN\0", 4) + binary_;
    return glb;
  }

 private:
  static void append_uint(std::string& bytes, std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>((value >> shift) & 0xff));
  }
  std::string binary_;
  nlohmann::json views_ = nlohmann::json::array(), accessors_ = nlohmann::json::array();
};

std::vector<std::array<float, 3>> to_floats(const std::vector<Vec3d>& points) {
  std::vector<std::array<float, 3>> rows;
  rows.reserve(points.size());
  for (const Vec3d& p : points)
    rows.push_back({static_cast<float>(p.x), static_cast<float>(p.y), static_cast<float>(p.z)});
  return rows;
}

std::vector<std::array<float, 2>> to_floats(const std::vector<Vec2d>& points) {
  std::vector<std::array<float, 2>> rows;
  rows.reserve(points.size());
  for (const Vec2d& p : points) rows.push_back({static_cast<float>(p.x), static_cast<float>(p.y)});
  return rows;
}

nlohmann::json mesh_of(const ShadedPart& part, const SamplePart& source, GlbBuilder& builder) {
  if (part.triangles.empty())
    throw std::invalid_argument("writing a sample object: part " + source.name + " has no triangles");
  const int positions = builder.add_floats(to_floats(part.positions), true);
  const int normals = builder.add_floats(to_floats(part.normals), false);
  const int uvs = builder.add_floats(to_floats(part.uvs), false);
  const int indices_view = builder.add_view(
      part.triangles.data(), part.triangles.size() * sizeof(part.triangles[0]), kElementBuffer);
  const int indices = builder.add_accessor({{"bufferView", indices_view},
                                            {"componentType", kUnsignedInt},
                                            {"count", part.triangles.size() * 3},
                                            {"type", "SCALAR"}});
  const nlohmann::json attributes = {{"POSITION", positions}, {"NORMAL", normals}, {"TEXCOORD_0", uvs}};
  return {
      {"name", source.name},
      {"primitives", {{{"attributes", attributes}, {"indices", indices}, {"material", source.material}}}}};
}

// glTF matrices are column-major.
nlohmann::json column_major(const Transform& transform) {
  const auto rows = transform.matrix();
  std::array<double, 16> columns{};
  for (std::size_t r = 0; r < 4; ++r)
    for (std::size_t c = 0; c < 4; ++c) columns[c * 4 + r] = rows[r * 4 + c];
  return columns;
}

}  // namespace

std::string encode_glb(const SampleObject& object, const Transform& file_from_object) {
  GlbBuilder builder;
  nlohmann::json materials = nlohmann::json::array(), textures = materials, images = materials,
                 meshes = materials, nodes = materials, children = materials;
  for (const SampleMaterial& material : object.materials) {
    const std::string png = encode_png(material.base_color);
    images.push_back({{"bufferView", builder.add_view(png.data(), png.size(), 0)},
                      {"mimeType", "image/png"},
                      {"name", material.name}});
    textures.push_back({{"source", images.size() - 1}, {"sampler", 0}});
    materials.push_back({{"name", material.name},
                         {"pbrMetallicRoughness",
                          {{"baseColorTexture", {{"index", textures.size() - 1}}},
                           {"metallicFactor", material.metallic},
                           {"roughnessFactor", material.roughness}}}});
  }
  const std::vector<ShadedPart> shaded = shade_smoothly(object);
  nodes.push_back({{"name", object.category}, {"matrix", column_major(file_from_object)}});
  for (std::size_t i = 0; i < shaded.size(); ++i) {
    meshes.push_back(mesh_of(shaded[i], object.parts[i], builder));
    children.push_back(nodes.size());
    nodes.push_back({{"name", object.parts[i].name}, {"mesh", i}});
  }
  nodes[0]["children"] = children;
  return builder.finish({{"asset", {{"version", "2.0"}, {"generator", "funcorr-sample-objects"}}},
                         {"scene", 0},
                         {"scenes", {{{"nodes", {0}}}}},
                         {"nodes", nodes},
                         {"meshes", meshes},
                         {"materials", materials},
                         {"textures", textures},
                         {"images", images},
                         {"samplers", {{{"wrapS", 10497}, {"wrapT", 10497}}}}});
}

nlohmann::json sidecar_of(const SampleObject& object, const Transform& file_from_object) {
  nlohmann::json parts = nlohmann::json::array(), runs = parts;
  nlohmann::json aliases = nlohmann::json::object(), functions = aliases;
  for (std::size_t i = 0; i < object.parts.size(); ++i) {
    parts.push_back(object.parts[i].name);
    runs.push_back({i, object.parts[i].triangles.size()});
  }
  for (const auto& [name, true_parts] : object.part_aliases) aliases[name] = true_parts;
  for (const auto& [name, function] : object.functions)
    functions[name] = {{"parts", function.parts},
                       {"asset_from_function", (file_from_object * function.object_from_function).matrix()}};
  return {{"format", "funcorr-sidecar-1"},
          {"category", object.category},
          {"caption", object.caption},
          {"up", "y"},
          {"parts", parts},
          {"part_of_face", runs},
          {"part_aliases", aliases},
          {"functions", functions}};
}

}  // namespace funcorr
