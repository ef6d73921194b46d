#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "render/geometry/mesh.h"
#include "render/import/sidecar.h"
#include "render/import/utf8.h"

namespace funcorr {

// Why a file is no usable asset. `kind` is a short stable word to group by, what() one line with the reason:
// no_triangles, non_finite_vertices, zero_extent, precision_lost, bad_index, bad_json, bad_gltf, bad_ply,
// bad_buffer, missing_buffer, cyclic_nodes, empty_scene, unsupported_extension, unsupported_format,
// unreadable, escapes_folder, too_large, too_many_triangles, nested_too_deep, texture_too_large, bad_sidecar.
struct ImportError : std::runtime_error {
  ImportError(std::string error_kind, const std::string& reason)
      : std::runtime_error(as_valid_utf8(reason)), kind(std::move(error_kind)) {}
  std::string kind;
};

// Every limit is checked before the memory it bounds is allocated.
struct ImportLimits {
  std::int64_t max_file_bytes = 512ll << 20;          // each file: mesh, buffer, texture
  std::int64_t max_triangles = 5'000'000;             // of the whole asset
  std::int64_t max_texture_pixels = 64ll << 20;       // of one texture
  std::int64_t max_all_texture_pixels = 256ll << 20;  // of all textures together
};

// One asset as catalogued.
struct AssetSource {
  std::filesystem::path folder;  // nothing outside is read, whatever the files ask for
  std::string path;              // relative to `folder`: a mesh file, or a folder of part files
  std::string sidecar;           // relative to `folder`; empty where there is none
  std::string up = "y";  // "z": turned −90° about x to y-up (formats without an up axis of their own)
};

struct ImportOptions {
  ImportLimits limits;
  bool load_textures = true;  // false: geometry only, texture references are dropped
};

// The asset as one mesh in its own (asset) space, y up: all meshes joined, node transforms baked (mirroring
// ones flip the winding), skins and morph targets in their rest pose, points and lines left out and counted,
// degenerate triangles dropped and counted, concave polygons triangulated, smooth normals where the file has
// none. glTF and ply are read by our own readers (Assimp 5.2 loses quantised vertices, instances, skins and
// second UV sets of the one, and crashes on broken headers of the other); obj, dae, stl and fbx by Assimp. A
// missing texture is a warning; a texture that is named outside the asset's folder is an error. Throws
// ImportError. Thread-safe: keeps no state.
Scene import_asset(const AssetSource& source, const ImportOptions& options = {});

// The sidecar of a source, if it names one; throws ImportError "bad_sidecar".
Sidecar read_sidecar(const AssetSource& source, const ImportLimits& limits = {});

// ".glb" ".gltf" ".obj" ".dae" ".stl" ".ply" ".fbx", any case.
bool is_mesh_extension(const std::string& extension);

}  // namespace funcorr
