#pragma once

#include <string>
#include <string_view>

#include "render/import/scene_builder.h"

namespace funcorr {

// An OFF file (Geomview's: www.geomview.org/docs/html/OFF.html) said as an ASCII PLY: its vertices with
// normals (N), colours (C) and texture coordinates (ST), its faces. One vertex or face a line; the keyword
// may be missing, or run into the counts as in ModelNet. Colours of faces are not read, which is a warning.
// Throws ImportError "unsupported_format" for binary, 4- and n-dimensional ones, "bad_off" for what is no
// number, and for fewer lines than are promised.
std::string ply_of_off(std::string_view text, SceneBuilder& builder);

}  // namespace funcorr
