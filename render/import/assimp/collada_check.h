#pragma once

#include <string_view>

namespace funcorr {

// What Assimp takes on trust in a Collada file, checked in its text before Assimp reads it: elements nested
// so deep that its recursion would overflow the stack (ImportError "nested_too_deep"), and accessors that
// reach beyond the array they refer to ("bad_index").
void check_collada(std::string_view text);

}  // namespace funcorr
