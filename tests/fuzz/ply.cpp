// PLY, and OFF, which we read as one.
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mesh.h"

namespace funcorr::tests {

void read_untrusted(std::string_view input) {
  import_untrusted(input, input.starts_with("ply") ? "input.ply" : "input.off");
}

}  // namespace funcorr::tests
