#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "db/dataset/record/asset.h"
#include "db/format/members.h"
#include "render/geometry/mesh.h"
#include "render/import/import_limits.h"
#include "render/import/sidecar.h"
#include "render/import/utf8.h"

namespace funcorr {

// Why a file is no usable asset. `kind` is a short stable word to group by, what() one line with the reason:
// no_triangles, non_finite_vertices, zero_extent, precision_lost, bad_index, bad_json, bad_gltf, bad_ply,
// bad_off, bad_archive, no_mesh_in_archive, several_meshes, bad_buffer, missing_buffer, cyclic_nodes,
// empty_scene, unsupported_extension, unsupported_format, unreadable, changed_while_read, escapes_folder,
// too_large, too_many_triangles, nested_too_deep, texture_too_large, bad_sidecar; of one that can be read:
// too_few_triangles, unwanted_flag, blank_renders.
struct ImportError : std::runtime_error {
  ImportError(std::string error_kind, const std::string& reason)
      : std::runtime_error(as_valid_utf8(reason)), kind(std::move(error_kind)) {}
  std::string kind;
};

// One asset as catalogued.
struct AssetSource {
  std::filesystem::path folder;  // the root: nothing outside is read, whatever the files ask for
  std::string path;              // relative to `folder`: a mesh file, a zip of one, or a folder of part files
  std::string sidecar;           // relative to `folder`; empty where there is none
  std::string up = "y";  // "z": turned −90° about x to y-up (formats without an up axis of their own)
  static constexpr auto members() {
    return std::tuple{member("folder", &AssetSource::folder), member("path", &AssetSource::path),
                      member("sidecar", &AssetSource::sidecar), member("up", &AssetSource::up)};
  }
};
// Its textures may lie anywhere beneath the root it was catalogued from.
AssetSource source_of(const Asset& asset);

// The asset as one mesh in its own (asset) space, y up: all meshes joined, node transforms baked (mirroring
// ones flip the winding), skins and morph targets in their rest pose, points and lines left out and counted,
// degenerate triangles dropped and counted, concave polygons triangulated, smooth normals where the file has
// none. glTF, ply and off are read by our own readers (Assimp 5.2 loses quantised vertices, instances, skins
// and second UV sets of the one, and crashes on broken headers of the other); obj, dae, stl and fbx by
// Assimp. A texture or material library that is missing, or found elsewhere than named (file_finder.h), is a
// warning; a buffer of a glTF that is named outside the folder is an error. Throws ImportError, and
// UsageError for limits out of their ranges. Thread-safe: keeps no state.
Scene import_asset(const AssetSource& source, const ImportLimits& limits = {});

// The sidecar of a source, if it names one; throws ImportError "bad_sidecar".
Sidecar read_sidecar(const AssetSource& source, const ImportLimits& limits = {});

inline constexpr std::array kMeshExtensions{".glb", ".gltf", ".obj", ".dae", ".stl", ".ply", ".off", ".fbx"};
inline constexpr std::string_view kArchiveExtension = ".zip";
// The place in kMeshExtensions, in any case; −1: none of them.
std::ptrdiff_t mesh_format_of(const std::string& extension);
bool is_mesh_extension(const std::string& extension);
// Of a mesh, or of an archive that may hold one (asset_archive.h).
bool is_asset_extension(const std::string& extension);

}  // namespace funcorr
