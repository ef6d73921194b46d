#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "db/format/transform.h"
#include "tools/sample_objects/sample_object.h"

namespace funcorr {

// The object as a binary glTF 2.0 file: one root node named by the category, placed by `file_from_object`
// (a similarity), and one child node, mesh and primitive per part, named by the part; textures embedded as
// PNG. Same object, same bytes. Parts without triangles must not be there (std::invalid_argument).
std::string encode_glb(const SampleObject& object, const Transform& file_from_object);

// The truth about that file, "funcorr-sidecar-1": parts, run lengths of part per triangle in file order,
// aliases, and functional frames in file coordinates.
nlohmann::json sidecar_of(const SampleObject& object, const Transform& file_from_object);

}  // namespace funcorr
