// Material libraries, of which Assimp is given what it knows.
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mesh.h"

namespace funcorr::tests {

void read_untrusted(std::string_view input) { import_untrusted(input, "input.mtl"); }

}  // namespace funcorr::tests
