// Wavefront OBJ, which Assimp reads after our own look at its text.
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mesh.h"

namespace funcorr::tests {

void read_untrusted(std::string_view input) { import_untrusted(input, "mesh.obj"); }

}  // namespace funcorr::tests
