#include "render/import/assimp/assimp_scene.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include <assimp/Importer.hpp>
#include <assimp/config.h>
#include <assimp/scene.h>

#include "db/format/text.h"
#include "render/geometry/triangulate.h"
#include "render/import/assimp/assimp_io.h"
#include "render/import/assimp/assimp_material.h"
#include "render/import/assimp/collada_text.h"
#include "render/import/assimp/mtl_library.h"
#include "render/import/assimp/obj_text.h"

namespace funcorr {
namespace {

std::string lower_extension(const std::string& path) {
  return lower_case(std::filesystem::path(path).extension().string());
}

ColladaTextures prepare_collada(const std::vector<std::byte>& bytes, SceneBuilder& builder) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  check_collada(text);
  const std::set<std::string> modes = opacity_modes(text);
  if (modes.size() > 1) builder.warn("textures of opacity are meant in different ways: not read");
  return {modes.size() == 1 ? *modes.begin() : "", sampler_wraps(text)};
}

// A binary STL has 80 bytes of anything, even "solid", the number of facets and 50 bytes for each; what
// follows means nothing, and Assimp does not take it. The 81st to 84th letters of an ASCII one, taken for a
// number, promise more than 7 GB.
void prepare_stl(std::vector<std::byte>& bytes, SceneBuilder& builder) {
  if (bytes.size() < 84) return;
  std::uint32_t count = 0;
  std::memcpy(&count, bytes.data() + 80, 4);
  const std::size_t whole = 84 + std::size_t{50} * count;
  if (count == 0 || whole > bytes.size()) return;
  builder.reserve_triangles(count);
  if (whole < bytes.size())
    builder.warn(std::to_string(bytes.size() - whole) + " bytes after the last facet are not read");
  bytes.resize(whole);
}

// Not every importer of Assimp looks.
void check_indices(const aiScene& scene) {
  for (unsigned m = 0; m < scene.mNumMeshes; ++m) {
    const aiMesh& mesh = *scene.mMeshes[m];
    for (unsigned f = 0; f < mesh.mNumFaces; ++f)
      for (unsigned k = 0; k < mesh.mFaces[f].mNumIndices; ++k)
        if (mesh.mFaces[f].mIndices[k] >= mesh.mNumVertices)
          throw ImportError("bad_index", "a face refers to vertex " +
                                             std::to_string(mesh.mFaces[f].mIndices[k]) + " of " +
                                             std::to_string(mesh.mNumVertices));
  }
}

void check_finite(const aiScene& scene) {
  for (unsigned m = 0; m < scene.mNumMeshes; ++m)
    for (unsigned v = 0; v < scene.mMeshes[m]->mNumVertices; ++v) {
      const aiVector3D& p = scene.mMeshes[m]->mVertices[v];
      if (!std::isfinite(p.x) || !std::isfinite(p.y) || !std::isfinite(p.z))
        throw ImportError("non_finite_vertices", std::string("vertex ") + std::to_string(v) + " of '" +
                                                     scene.mMeshes[m]->mName.C_Str() +
                                                     "' is infinite or not a number");
    }
}

// Single precision keeps 24 bits: coordinates c and an extent e leave e / (c·2⁻²³) steps across the object.
void check_precision(const aiScene& scene) {
  float largest = 0;
  aiVector3D low(std::numeric_limits<float>::max()), high(-std::numeric_limits<float>::max());
  for (unsigned m = 0; m < scene.mNumMeshes; ++m)
    for (unsigned v = 0; v < scene.mMeshes[m]->mNumVertices; ++v)
      for (unsigned axis = 0; axis < 3; ++axis) {
        const float x = scene.mMeshes[m]->mVertices[v][axis];
        largest = std::max(largest, std::fabs(x));
        low[axis] = std::min(low[axis], x);
        high[axis] = std::max(high[axis], x);
      }
  const float extent = std::max({high.x - low.x, high.y - low.y, high.z - low.z});
  const float step = std::ldexp(largest, -23);
  if (scene.mNumMeshes > 0 && largest > 0 && extent < 200 * step && extent > 0)
    throw ImportError("precision_lost", "the object is " + std::to_string(extent) +
                                            " wide at coordinates of " + std::to_string(largest) +
                                            ", where single precision is " + std::to_string(step) +
                                            " coarse");
}

Transform to_transform(const aiMatrix4x4& m) {
  Transform out;
  out.linear = {m.a1, m.a2, m.a3, m.b1, m.b2, m.b3, m.c1, m.c2, m.c3};
  out.translation = {m.a4, m.b4, m.c4};
  return out;
}

// The file's world in ours. FBX names the axes of its world in its global settings; Assimp hands them over
// and, from 5.4 on, turns the root by them, which has no other transform: it is left out. Every other format
// names no axes or is turned by Assimp (Collada).
Transform asset_from_root(const aiScene& scene) {
  const Transform of_root = to_transform(scene.mRootNode->mTransformation);
  if (scene.mMetaData == nullptr) return of_root;
  Transform turn;
  turn.linear = {};
  constexpr std::array<const char*, 3> names{"CoordAxis", "UpAxis", "FrontAxis"};  // our x, y and z
  for (std::size_t row = 0; row < 3; ++row) {
    int axis = 0, sign = 1;
    const std::string name = names[row];
    if (!scene.mMetaData->Get(name, axis)) return of_root;
    if (axis < 0 || axis > 2) return {};
    scene.mMetaData->Get(name + "Sign", sign);
    turn.linear[3 * row + static_cast<std::size_t>(axis)] = sign < 0 ? -1 : 1;
  }
  return turn.determinant() > 0 ? turn : Transform{};  // axes that repeat, or a left-handed world
}

double linear_from_srgb(double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); }

class Converter {
 public:
  Converter(const aiScene& source, std::string path, SceneBuilder& builder)
      : source_(source), path_(std::move(path)), extension_(lower_extension(path_)), builder_(builder) {}

  void convert(const Vec3d& offset, std::span<const MtlMap> maps, const ColladaTextures* collada,
               TextureStore& textures) {
    auto& materials = builder_.scene().materials;
    first_material_ = static_cast<int>(materials.size());
    for (unsigned m = 0; m < source_.mNumMaterials; ++m)
      materials.push_back(
          read_assimp_material(source_, *source_.mMaterials[m], path_, maps, collada, textures, builder_));
    struct Visit {
      const aiNode* node;
      Transform asset_from_node;
    };
    std::vector<Visit> stack{{source_.mRootNode, Transform::translate(offset) * asset_from_root(source_)}};
    while (!stack.empty()) {
      const Visit visit = stack.back();
      stack.pop_back();
      ++builder_.statistics().nodes;
      for (unsigned k = 0; k < visit.node->mNumMeshes; ++k)
        add_mesh(*visit.node, *source_.mMeshes[visit.node->mMeshes[k]], visit.asset_from_node);
      for (unsigned c = visit.node->mNumChildren; c-- > 0;) {
        const aiNode* child = visit.node->mChildren[c];
        stack.push_back({child, visit.asset_from_node * to_transform(child->mTransformation)});
      }
    }
  }

 private:
  std::string group_name(const aiNode& node, const aiMesh& mesh) const {
    std::string name = node.mParent != nullptr ? node.mName.C_Str() : "";
    if (is_made_up(name)) name = mesh.mName.C_Str();
    return is_made_up(name) ? "" : name.substr(0, name.find("_$Assimp"));
  }

  // By Assimp, where the file has no name: "$ColladaAutoName$_0", "<STL_BINARY>".
  static bool is_made_up(const std::string& name) {
    return name.empty() || name.starts_with("$ColladaAutoName$") || name.starts_with('<');
  }

  void add_mesh(const aiNode& node, const aiMesh& mesh, const Transform& asset_from_node) {
    MeshPiece piece;
    piece.group = group_name(node, mesh);
    piece.material = first_material_ + static_cast<int>(mesh.mMaterialIndex);
    for (unsigned f = 0; f < mesh.mNumFaces; ++f) add_face(mesh, mesh.mFaces[f], piece.mesh);
    if (piece.mesh.triangles.empty()) return;
    read_vertices(mesh, piece.mesh);
    builder_.add(std::move(piece), asset_from_node);
  }

  // Polygons are cut by us: Assimp's cut differs from version to version, and newer ones lose corners.
  void add_face(const aiMesh& mesh, const aiFace& face, Mesh& out) {
    const std::span<const unsigned> corners(face.mIndices, face.mNumIndices);
    if (corners.size() < 3) {
      ++builder_.statistics().non_triangles;
    } else if (corners.size() == 3) {
      out.triangles.push_back({corners[0], corners[1], corners[2]});
    } else {
      std::vector<Vec3d> polygon;
      for (const unsigned corner : corners) {
        const aiVector3D& p = mesh.mVertices[corner];
        polygon.push_back({p.x, p.y, p.z});
      }
      for (const auto& [a, b, c] : triangulate(polygon))
        out.triangles.push_back({corners[a], corners[b], corners[c]});
    }
  }

  void read_vertices(const aiMesh& mesh, Mesh& out) const {
    const bool keeps_normals = mesh.HasNormals() && extension_ != ".stl";  // an STL has facets only: smoothed
    for (unsigned v = 0; v < mesh.mNumVertices; ++v) {
      const aiVector3D& p = mesh.mVertices[v];
      out.positions.push_back({p.x, p.y, p.z});
      if (keeps_normals) out.normals.push_back({mesh.mNormals[v].x, mesh.mNormals[v].y, mesh.mNormals[v].z});
      for (unsigned set = 0; set < 2; ++set)
        if (mesh.HasTextureCoords(set))  // v grows upward in Assimp
          out.uvs[set].push_back({mesh.mTextureCoords[set][v].x, 1 - mesh.mTextureCoords[set][v].y});
      if (mesh.HasVertexColors(0)) out.colors.push_back(linear_color(mesh.mColors[0][v]));
    }
  }

  // Vertex colours of an OBJ are what the scanner or editor showed: sRGB.
  std::array<float, 4> linear_color(const aiColor4D& color) const {
    const bool encoded = extension_ == ".obj";
    const auto channel = [&](float value) {
      const double c = std::isfinite(value) ? std::clamp(static_cast<double>(value), 0.0, 1.0) : 1.0;
      return static_cast<float>(encoded ? linear_from_srgb(c) : c);
    };
    return {channel(color.r), channel(color.g), channel(color.b), std::clamp(color.a, 0.0f, 1.0f)};
  }

  const aiScene& source_;
  std::string path_, extension_;
  SceneBuilder& builder_;
  int first_material_ = 0;
};

void configure(Assimp::Importer& importer) {
  importer.SetPropertyBool(AI_CONFIG_IMPORT_FBX_READ_ANIMATIONS, false);
  importer.SetPropertyBool(AI_CONFIG_IMPORT_FBX_READ_CAMERAS, false);
  importer.SetPropertyBool(AI_CONFIG_IMPORT_FBX_READ_LIGHTS, false);
  importer.SetPropertyBool(AI_CONFIG_IMPORT_FBX_PRESERVE_PIVOTS, false);
  importer.SetPropertyBool(AI_CONFIG_IMPORT_COLLADA_USE_COLLADA_NAMES, true);
}

ImportError failure(const std::string& path, const std::string& assimp_error) {
  const std::string line = assimp_error.substr(0, assimp_error.find('\n'));
  const bool bad_index = line.find("face index") != std::string::npos;
  return ImportError(bad_index ? "bad_index" : "unreadable", path + ": " + line);
}

}  // namespace

void read_by_assimp(const AssetFolder& folder, const std::string& path, const ImportLimits& limits,
                    TextureStore& textures, SceneBuilder& builder) {
  const std::string extension = lower_extension(path);
  auto bytes = folder.read(path);
  if (!bytes) throw ImportError("unreadable", "no file '" + path + "'");
  if (bytes->empty()) throw ImportError("no_triangles", "the file is empty (0 bytes)");
  // Before Assimp, which fills counts and follows nesting before we see them.
  std::optional<ColladaTextures> collada;
  if (extension == ".dae") collada = prepare_collada(*bytes, builder);
  if (extension == ".stl") prepare_stl(*bytes, builder);
  ObjText obj;
  if (extension == ".obj") {
    obj = prepare_obj(std::move(*bytes));
    if (obj.faces > limits.max_triangles) builder.reserve_triangles(obj.faces);
    if (obj.broken_faces > 0)
      builder.warn(std::to_string(obj.broken_faces) + " faces have fewer than three corners: left out");
    bytes = std::move(obj.text);
  }
  Assimp::Importer importer;
  configure(importer);
  MtlLibrary library(folder, path, builder);
  for (const std::string& names : obj.libraries) library.read(names);
  MemoryIo io(std::filesystem::path(path).filename().string(), std::move(*bytes), library.text());
  importer.SetIOHandler(&io);
  const aiScene* scene = nullptr;
  try {
    scene = importer.ReadFile(io.mesh_name(), 0);
    if (scene != nullptr) {
      check_finite(*scene);
      check_indices(*scene);
      check_precision(*scene);
    }
  } catch (...) {
    importer.SetIOHandler(nullptr);  // ours: the importer must not delete it
    throw;
  }
  importer.SetIOHandler(nullptr);
  if (scene == nullptr || scene->mRootNode == nullptr) throw failure(path, importer.GetErrorString());
  Converter(*scene, path, builder)
      .convert(obj.offset, library.maps(), collada ? &*collada : nullptr, textures);
}

}  // namespace funcorr
