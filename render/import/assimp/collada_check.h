#pragma once

#include <set>
#include <string>
#include <string_view>

namespace funcorr {

// What Assimp takes on trust in a Collada file, checked in its text before Assimp reads it: elements nested
// so deep that its recursion would overflow the stack (ImportError "nested_too_deep"), and accessors that
// reach beyond the array they refer to ("bad_index").
void check_collada(std::string_view text);

// How its <transparent> textures are meant ("A_ONE", the default, "RGB_ZERO" …), which Assimp does not tell.
std::set<std::string> opacity_modes(std::string_view text);

}  // namespace funcorr
