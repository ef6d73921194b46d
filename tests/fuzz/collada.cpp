// What we look at in a Collada file's text before Assimp reads it.
#include "render/import/assimp/collada_text.h"
#include "tests/fuzz/fuzz.h"

namespace funcorr::tests {

void read_untrusted(std::string_view input) {
  opacity_modes(input);
  sampler_wraps(input);
  check_collada(input);
}

}  // namespace funcorr::tests
