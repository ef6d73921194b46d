// glTF: a .glb by its first bytes, else a .gltf.
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mesh.h"

namespace funcorr::tests {

void read_untrusted(std::string_view input) {
  import_untrusted(input, input.starts_with("glTF") ? "input.glb" : "input.gltf");
}

}  // namespace funcorr::tests
