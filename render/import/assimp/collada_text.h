#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "render/geometry/mesh.h"

namespace funcorr {

// What Assimp takes on trust in a Collada file, checked in its text before Assimp reads it: elements nested
// so deep that its recursion would overflow the stack (ImportError "nested_too_deep"), and accessors that
// reach beyond the array they refer to ("bad_index").
void check_collada(std::string_view text);

// How its <transparent> textures are meant ("A_ONE", the default, "RGB_ZERO" …), which Assimp does not tell.
std::set<std::string> opacity_modes(std::string_view text);

// How a <sampler2D> goes on beyond the picture (COLLADA 1.4, <wrap_s> and <wrap_t>), which Assimp does not
// tell either. A border of one colour, and none at all, are taken as the colour of the picture's edge.
struct ColladaWrap {
  Wrap u = Wrap::kRepeat, v = Wrap::kRepeat;
  bool has_border = false;
  bool operator==(const ColladaWrap&) const = default;
};
// Of the pictures, by their files' names without the folder; nothing of one that its samplers disagree on.
std::map<std::string, std::optional<ColladaWrap>> sampler_wraps(std::string_view text);

// A picture's name in that table.
std::string picture_name(std::string_view path);

}  // namespace funcorr
