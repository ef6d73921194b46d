#include "render/import/gltf/gltf_scene.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "render/import/gltf/draco_mesh.h"
#include "render/import/gltf/node_graph.h"

namespace funcorr {
namespace {

class Reader {
 public:
  Reader(const AssetFolder& folder, const std::string& path, const ImportLimits& limits,
         SceneBuilder& builder)
      : file_(folder, path, limits), max_elements_(3 * limits.max_triangles), builder_(builder) {}

  void read(TextureStore& textures) {
    check_required_extensions();
    nodes_.emplace(file_, builder_);
    builder_.scene().materials = read_gltf_materials(file_, textures, builder_);
    nodes_->visit([&](int node, const Transform& asset_from_node) {
      ++builder_.statistics().nodes;
      add_node(node, asset_from_node);
    });
    for (const std::string& text : file_.nonconformities()) builder_.warn_nonconforming(text);
  }

 private:
  void check_required_extensions() {
    static const std::set<std::string> understood{
        "KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_mesh_quantization",
        "KHR_texture_transform",      "EXT_mesh_gpu_instancing", "KHR_lights_punctual",
        "EXT_texture_webp",           "EXT_texture_avif",        "MSFT_texture_dds",
        "KHR_texture_basisu",         "KHR_animation_pointer",   "KHR_xmp_json_ld"};
    for (const GltfNode& name : file_.root().list("extensionsRequired")) {
      if (!name.value->is_string()) name.fail("a string");
      const std::string text = name.value->get<std::string>();
      if (!understood.contains(text) && !text.starts_with("KHR_materials_"))
        throw ImportError("unsupported_extension", "the file requires " + text + ", which is not supported");
    }
  }

  void add_node(int index, const Transform& asset_from_node) {
    const GltfNode node = file_.element("nodes", index);
    const int mesh_index = node.index("mesh");
    if (mesh_index < 0) return;
    const GltfNode mesh = file_.element("meshes", mesh_index);
    const std::string name = node.text("name", mesh.text("name"));
    const std::vector<Transform> instances = instance_transforms(node, asset_from_node);
    const std::vector<double> weights = node.numbers("weights", mesh.numbers("weights", {}));
    for (const GltfNode& primitive : mesh.list("primitives")) {
      MeshPiece piece;
      piece.group = name;
      if (!read_primitive(primitive, weights, piece)) continue;
      if (const int skin = node.index("skin"); skin >= 0) {
        apply_skin(primitive, skin, piece.mesh);
        builder_.add(std::move(piece), Transform{});  // a skinned mesh stands where its joints put it
        continue;
      }
      builder_.reserve_triangles(static_cast<std::int64_t>(instances.size() * piece.mesh.triangles.size()));
      for (const Transform& instance : instances) builder_.add(piece, instance);
    }
  }

  std::vector<Transform> instance_transforms(const GltfNode& node, const Transform& global) {
    const GltfNode attributes = node.extension("EXT_mesh_gpu_instancing").object("attributes");
    if (!attributes.present()) return {global};
    const auto read = [&](const std::string& name, std::vector<double> fallback) {
      const int index = attributes.index(name);
      return index < 0 ? GltfFile::Accessor{0, fallback.size(), std::move(fallback)} : file_.accessor(index);
    };
    const auto t = read("TRANSLATION", {0, 0, 0}), r = read("ROTATION", {0, 0, 0, 1}),
               s = read("SCALE", {1, 1, 1});
    if (t.components != 3 || r.components != 4 || s.components != 3)
      attributes.fail("VEC3, VEC4 and VEC3 accessors");
    const std::size_t count = std::max({t.count, r.count, s.count});
    builder_.reserve_triangles(static_cast<std::int64_t>(count));  // one each at least
    const auto row = [&](const GltfFile::Accessor& a, std::size_t i) {
      if (a.count != 0 && a.count != count) attributes.fail("accessors of one length");
      const auto begin = a.values.begin() + static_cast<std::ptrdiff_t>(a.count == 0 ? 0 : i * a.components);
      return std::vector<double>(begin, begin + static_cast<std::ptrdiff_t>(a.components));
    };
    std::vector<Transform> transforms;
    for (std::size_t i = 0; i < count; ++i)
      transforms.push_back(global * from_trs(row(t, i), row(r, i), row(s, i)));
    return transforms;
  }

  // False: points or lines, counted.
  bool read_primitive(const GltfNode& primitive, const std::vector<double>& weights, MeshPiece& piece) {
    if (!primitive.value->is_object()) primitive.fail("an object");
    const std::int64_t mode = primitive.integer("mode", 4);
    if (mode > 6) primitive.child("mode").fail("a mode of 0 … 6");
    const GltfNode attributes = primitive.object("attributes");
    const int position = attributes.index("POSITION"), indices_index = primitive.index("indices");
    if (position < 0) {
      builder_.warn(primitive.where + " has no positions");
      return false;
    }
    const std::size_t corners = file_.accessor_count(indices_index >= 0 ? indices_index : position);
    if (mode < 4) {
      builder_.statistics().non_triangles += static_cast<std::int64_t>(corners);
      return false;
    }
    builder_.reserve_triangles(static_cast<std::int64_t>(mode == 4 ? corners / 3 : corners));
    decompress(primitive, attributes, indices_index);
    read_vertices(primitive, attributes, weights, piece.mesh);
    read_triangles(indices_index, mode, piece.mesh);
    const int material = primitive.index("material");
    const auto materials = static_cast<int>(file_.count("materials"));
    if (material >= materials) file_.element("materials", material);  // throws bad_index
    piece.material = material < 0 ? materials : material;
    return true;
  }

  // Draco stores all of a primitive's accessors in one compressed piece.
  void decompress(const GltfNode& primitive, const GltfNode& attributes, int indices_index) {
    const GltfNode draco = primitive.extension("KHR_draco_mesh_compression");
    if (!draco.present()) return;
    const GltfNode ids = draco.object("attributes");
    if (!ids.present() || indices_index < 0)
      draco.fail("an object with attributes, of a primitive with indices");
    std::map<std::string, int> unique_ids;
    for (const auto& [name, id] : ids.value->items())
      if (attributes.index(name) >= 0) unique_ids[name] = ids.index(name);
    DracoMesh mesh = decode_draco(file_.buffer_view(draco.index("bufferView")), unique_ids, max_elements_);
    const std::size_t corners = mesh.indices.size();
    file_.substitute(indices_index, {corners, 1, std::move(mesh.indices)});
    for (auto& [name, attribute] : mesh.attributes)
      file_.substitute(attributes.index(name),
                       {mesh.points, attribute.components, std::move(attribute.values)});
  }

  void read_vertices(const GltfNode& primitive, const GltfNode& attributes,
                     const std::vector<double>& weights, Mesh& mesh) {
    const std::vector<double> positions = morphed(primitive, "POSITION", attributes, weights);
    const std::size_t n = positions.size() / 3;
    mesh.positions.resize(n);
    for (std::size_t v = 0; v < n; ++v)
      mesh.positions[v] = {positions[3 * v], positions[3 * v + 1], positions[3 * v + 2]};
    if (attributes.index("NORMAL") >= 0) {
      const std::vector<double> normals = morphed(primitive, "NORMAL", attributes, weights);
      if (normals.size() != 3 * n) attributes.fail("accessors of one length");
      mesh.normals.resize(n);
      for (std::size_t i = 0; i < 3 * n; ++i)
        mesh.normals[i / 3][static_cast<int>(i % 3)] = static_cast<float>(normals[i]);
    }
    for (std::size_t set = 0; set < 2; ++set) {
      const int index = attributes.index("TEXCOORD_" + std::to_string(set));
      if (index < 0) continue;
      const GltfFile::Accessor uv = vertex_accessor(attributes, index, n, 2, 2);
      mesh.uvs[set].resize(n);
      for (std::size_t v = 0; v < n; ++v)
        mesh.uvs[set][v] = {static_cast<float>(uv.values[2 * v]), static_cast<float>(uv.values[2 * v + 1])};
    }
    if (const int index = attributes.index("COLOR_0"); index >= 0) {
      const GltfFile::Accessor color = vertex_accessor(attributes, index, n, 3, 4);
      mesh.colors.assign(n, {1, 1, 1, 1});
      for (std::size_t i = 0; i < color.values.size(); ++i)
        mesh.colors[i / color.components][i % color.components] =
            static_cast<float>(std::clamp(color.values[i], 0.0, 1.0));
    }
  }

  GltfFile::Accessor vertex_accessor(const GltfNode& attributes, int index, std::size_t count,
                                     std::size_t min_components, std::size_t max_components) {
    GltfFile::Accessor accessor = file_.accessor(index);
    if (accessor.count != count || accessor.components < min_components ||
        accessor.components > max_components)
      attributes.fail("accessors of one length and of the attributes' types");
    return accessor;
  }

  // Base attribute plus the default weights of the morph targets. [V·3]
  std::vector<double> morphed(const GltfNode& primitive, const std::string& name, const GltfNode& attributes,
                              const std::vector<double>& weights) {
    GltfFile::Accessor base = file_.accessor(attributes.index(name));
    if (base.components != 3) attributes.child(name).fail("a VEC3 accessor");
    const std::vector<GltfNode> targets = primitive.list("targets");
    for (std::size_t k = 0; k < targets.size() && k < weights.size(); ++k) {
      const int index = targets[k].index(name);
      if (index < 0 || weights[k] == 0) continue;
      const GltfFile::Accessor delta = vertex_accessor(targets[k], index, base.count, 3, 3);
      for (std::size_t i = 0; i < base.values.size(); ++i) base.values[i] += weights[k] * delta.values[i];
    }
    return base.values;
  }

  void read_triangles(int indices_index, std::int64_t mode, Mesh& mesh) {
    std::vector<std::uint32_t> corners(mesh.positions.size());
    if (indices_index >= 0) {
      const GltfFile::Accessor accessor = file_.accessor(indices_index);
      if (accessor.components != 1) file_.element("accessors", indices_index).fail("SCALAR indices");
      corners.resize(accessor.count);
      for (std::size_t i = 0; i < accessor.count; ++i) {
        const double index = accessor.values[i];
        if (!(index >= 0 && index <= 4294967295.0))
          throw ImportError("bad_index", "a triangle refers to vertex " + std::to_string(index));
        corners[i] = static_cast<std::uint32_t>(index);
      }
    } else {
      for (std::size_t i = 0; i < corners.size(); ++i) corners[i] = static_cast<std::uint32_t>(i);
    }
    const std::size_t n = corners.size();
    if (mode == 4) {
      if (n % 3 != 0) builder_.warn("a triangle list whose length is no multiple of 3: the rest is dropped");
      for (std::size_t i = 0; i + 2 < n; i += 3)
        mesh.triangles.push_back({corners[i], corners[i + 1], corners[i + 2]});
      return;
    }
    for (std::size_t i = 0; i + 2 < n; ++i) {
      if (mode == 6)
        mesh.triangles.push_back({corners[0], corners[i + 1], corners[i + 2]});
      else  // strip: every second triangle is turned
        mesh.triangles.push_back({corners[i], corners[i + 1 + i % 2], corners[i + 2 - i % 2]});
    }
  }

  // Rest pose: position = Σ weight · joint's global transform · inverse bind matrix · position.
  void apply_skin(const GltfNode& primitive, int skin_index, Mesh& mesh) {
    const GltfNode attributes = primitive.object("attributes"), skin = file_.element("skins", skin_index);
    if (attributes.index("JOINTS_0") < 0 || attributes.index("WEIGHTS_0") < 0) return;
    const std::vector<Transform> joints = joint_transforms(skin);
    const std::size_t n = mesh.positions.size();
    std::vector<Vec3d> positions(n), normals(mesh.normals.size());
    std::vector<double> total(n, 0.0);
    for (int set = 0; attributes.index("JOINTS_" + std::to_string(set)) >= 0; ++set) {
      const std::string number = std::to_string(set);
      const auto joint = vertex_accessor(attributes, attributes.index("JOINTS_" + number), n, 4, 4);
      const auto weight = vertex_accessor(attributes, attributes.index("WEIGHTS_" + number), n, 4, 4);
      for (std::size_t i = 0; i < 4 * n; ++i) {
        if (!(weight.values[i] > 0)) continue;
        const double index = joint.values[i];
        if (!(index >= 0) || index >= static_cast<double>(joints.size()))
          throw ImportError("bad_index", primitive.where + " is bound to a joint beyond the skin's last");
        const Transform& bone = joints[static_cast<std::size_t>(index)];
        const std::size_t v = i / 4;
        positions[v] += bone.point(mesh.positions[v]) * weight.values[i];
        if (!normals.empty()) {
          const Vec3f normal = mesh.normals[v];
          normals[v] += bone.direction({normal.x, normal.y, normal.z}) * weight.values[i];
        }
        total[v] += weight.values[i];
      }
    }
    for (std::size_t v = 0; v < n; ++v) {
      if (!(total[v] > 0)) continue;
      mesh.positions[v] = positions[v] / total[v];
      if (normals.empty()) continue;
      const Vec3d normal = normalized(normals[v]);
      mesh.normals[v] = {static_cast<float>(normal.x), static_cast<float>(normal.y),
                         static_cast<float>(normal.z)};
    }
  }

  std::vector<Transform> joint_transforms(const GltfNode& skin) {
    const std::vector<int> joints = indices(file_, skin, "joints", "nodes");
    const int inverse = skin.index("inverseBindMatrices");
    std::vector<Transform> out;
    const GltfFile::Accessor bind = inverse >= 0 ? file_.accessor(inverse) : GltfFile::Accessor{};
    if (inverse >= 0 && (bind.components != 16 || bind.count < joints.size()))
      skin.child("inverseBindMatrices").fail("one MAT4 per joint");
    for (std::size_t j = 0; j < joints.size(); ++j) {
      const Transform joint_from_mesh = inverse >= 0 ? from_columns(&bind.values[16 * j]) : Transform{};
      out.push_back(nodes_->asset_from_node(joints[j]) * joint_from_mesh);
    }
    return out;
  }

  GltfFile file_;
  std::int64_t max_elements_;
  SceneBuilder& builder_;
  std::optional<NodeGraph> nodes_;
};

}  // namespace

void read_gltf(const AssetFolder& folder, const std::string& path, const ImportLimits& limits,
               TextureStore& textures, SceneBuilder& builder) {
  Reader(folder, path, limits, builder).read(textures);
}

}  // namespace funcorr
