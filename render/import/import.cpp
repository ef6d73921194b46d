#include "render/import/import.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numbers>
#include <optional>

#include "db/format/text.h"
#include "render/import/asset_archive.h"
#include "render/import/asset_folder.h"
#include "render/import/assimp/assimp_scene.h"
#include "render/import/gltf/gltf_scene.h"
#include "render/import/parts.h"
#include "render/import/ply/ply_scene.h"
#include "render/import/scene_builder.h"
#include "render/import/texture_store.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

constexpr double kWholeTolerance = 0.01;  // of the longest side: boxes of a whole and of its parts together

std::string extension_of(const std::string& path) { return lower_case(fs::path(path).extension().string()); }

bool has_own_up_axis(const std::string& extension) {
  return extension != ".obj" && extension != ".stl" && extension != ".ply" && extension != ".off";
}

void read_mesh_file(const AssetFolder& folder, const std::string& path, const ImportLimits& limits,
                    TextureStore& textures, SceneBuilder& builder) {
  const std::string extension = extension_of(path);
  if (!is_mesh_extension(extension))
    throw ImportError(
        "unsupported_format",
        "'" + extension +
            "' is no mesh format; glb, gltf, obj, dae, stl, ply, off and fbx are, and a zip of one");
  if (extension == ".glb" || extension == ".gltf")
    read_gltf(folder, path, limits, textures, builder);
  else if (extension == ".ply" || extension == ".off")
    read_ply(folder, path, textures, builder);
  else
    read_by_assimp(folder, path, limits, textures, builder);
}

// z-up file → y-up: −90° about x, exactly.
void turn_z_up(Scene& scene) {
  Transform y_up_from_z_up;
  y_up_from_z_up.linear = {1, 0, 0, 0, 0, 1, 0, -1, 0};
  transform_mesh(scene.mesh, y_up_from_z_up);
  scene.asset_from_file = y_up_from_z_up;
}

Bounds joined(const Bounds& a, const Bounds& b) {
  Bounds out = a;
  for (int axis = 0; axis < 3; ++axis) {
    out.low[axis] = std::min(a.low[axis], b.low[axis]);
    out.high[axis] = std::max(a.high[axis], b.high[axis]);
  }
  return out;
}

bool are_close(const Bounds& a, const Bounds& b) {
  const Vec3d extent = joined(a, b).extent();
  const double tolerance = kWholeTolerance * std::max({extent.x, extent.y, extent.z});
  for (int axis = 0; axis < 3; ++axis)
    if (std::fabs(a.low[axis] - b.low[axis]) > tolerance ||
        std::fabs(a.high[axis] - b.high[axis]) > tolerance)
      return false;
  return true;
}

// The file whose box is that of all others together: the whole object beside its parts.
std::optional<std::size_t> find_whole(const std::vector<Bounds>& boxes) {
  if (boxes.size() < 3) return std::nullopt;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    std::optional<Bounds> others;
    for (std::size_t k = 0; k < boxes.size(); ++k)
      if (k != i) others = others ? joined(*others, boxes[k]) : boxes[k];
    if (are_close(boxes[i], *others)) return i;
  }
  return std::nullopt;
}

std::vector<std::string> part_files(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (is_mesh_extension(entry.path().extension().string()))
      files.push_back(entry.path().filename().string());
  if (error) throw ImportError("unreadable", "cannot list " + folder.string() + ": " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Texture> take_textures(TextureStore& textures, SceneBuilder& builder) {
  for (const std::string& warning : textures.warnings()) builder.warn(warning);
  builder.statistics().textures_named = textures.named();
  builder.statistics().textures_missing = textures.missing();
  return textures.take_textures();
}

// Every file of a folder is a part; a file that is the whole object is left out.
void read_part_folder(const AssetSource& source, const ImportLimits& limits, SceneBuilder& builder,
                      std::vector<Texture>& all_textures) {
  const fs::path path = source.folder / source.path;
  std::vector<std::string> files = part_files(path);
  if (files.empty()) throw ImportError("no_triangles", "the folder holds no mesh files");
  const DiskFolder folder(source.folder, limits.max_file_bytes());
  TextureStore textures(folder, limits);
  std::vector<Scene> scenes;
  std::vector<Bounds> boxes;
  for (const std::string& file : files) {
    SceneBuilder one(limits);
    read_mesh_file(folder, (fs::path(source.path) / file).string(), limits, textures, one);
    scenes.push_back(one.finish());
    boxes.push_back(bounds_of(scenes.back().mesh));
  }
  if (const auto whole = find_whole(boxes)) {
    const auto at = static_cast<std::ptrdiff_t>(*whole);
    builder.warn("'" + files[*whole] + "' is the whole object: left out, the other files are its parts");
    files.erase(files.begin() + at);
    scenes.erase(scenes.begin() + at);
  }
  std::vector<std::string> stems;
  for (const std::string& file : files) stems.push_back(fs::path(file).stem().string());
  const std::vector<std::string> names = part_names_from_stems(stems);
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    auto& materials = builder.scene().materials;
    const auto first_material = static_cast<std::int32_t>(materials.size());
    materials.insert(materials.end(), scenes[i].materials.begin(), scenes[i].materials.end());
    for (const std::string& warning : scenes[i].warnings) builder.warn(files[i] + ": " + warning);
    builder.statistics().degenerate_triangles += scenes[i].statistics.degenerate_triangles;
    builder.statistics().non_triangles += scenes[i].statistics.non_triangles;
    builder.statistics().base_colors_undecoded += scenes[i].statistics.base_colors_undecoded;
    builder.statistics().nonconformities += scenes[i].statistics.nonconformities;
    builder.add_scene(std::move(scenes[i].mesh), first_material, names[i]);
  }
  all_textures = take_textures(textures, builder);
}

// Returns the extension of the mesh file, which may lie in an archive.
std::string read_single_file(const AssetSource& source, const ImportLimits& limits, SceneBuilder& builder,
                             std::vector<Texture>& all_textures) {
  const DiskFolder root(source.folder, limits.max_file_bytes());
  const auto read = [&](const AssetFolder& folder, const std::string& path) {
    TextureStore textures(folder, limits);
    read_mesh_file(folder, path, limits, textures, builder);
    all_textures = take_textures(textures, builder);
    return extension_of(path);
  };
  if (extension_of(source.path) != kArchiveExtension) return read(root, source.path);
  const AssetArchive archive(root, source.path, limits.max_file_bytes());
  return read(archive, archive.mesh());
}

}  // namespace

std::ptrdiff_t mesh_format_of(const std::string& extension) {
  const auto format = std::ranges::find(kMeshExtensions, lower_case(extension));
  return format == kMeshExtensions.end() ? -1 : format - kMeshExtensions.begin();
}

bool is_mesh_extension(const std::string& extension) { return mesh_format_of(extension) >= 0; }

bool is_asset_extension(const std::string& extension) {
  return is_mesh_extension(extension) || lower_case(extension) == kArchiveExtension;
}

AssetSource source_of(const Asset& asset) { return {asset.root, asset.path, asset.sidecar, asset.up}; }

Sidecar read_sidecar(const AssetSource& source, const ImportLimits& limits) {
  if (source.sidecar.empty()) return {};
  const DiskFolder folder(source.folder, limits.max_file_bytes());
  const auto bytes = folder.read(source.sidecar);
  if (!bytes) throw ImportError("bad_sidecar", "sidecar '" + source.sidecar + "' is missing");
  try {
    return parse_sidecar({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  } catch (const std::runtime_error& error) {
    throw ImportError("bad_sidecar", source.sidecar + ": " + error.what());
  }
}

Scene import_asset(const AssetSource& source, const ImportLimits& limits) {
  ImportLimits::options().check(limits);
  const Sidecar sidecar = read_sidecar(source, limits);
  const bool is_part_folder = fs::is_directory(source.folder / source.path);
  SceneBuilder builder(limits);
  std::vector<Texture> textures;
  std::string extension;
  if (is_part_folder)
    read_part_folder(source, limits, builder, textures);
  else
    extension = read_single_file(source, limits, builder, textures);
  assign_parts(builder, sidecar, is_part_folder);
  Scene scene = builder.finish();
  scene.textures = std::move(textures);
  if (source.up == "z") {
    if (!is_part_folder && has_own_up_axis(extension))
      scene.warnings.push_back("up = \"z\" is ignored: the format says itself which way is up");
    else
      turn_z_up(scene);
  }
  return scene;
}

}  // namespace funcorr
