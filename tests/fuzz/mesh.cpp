#include "tests/fuzz/mesh.h"

#include "db/format/image.h"
#include "render/import/import.h"
#include "tests/fuzz/fuzz.h"
#include "tests/render/import/sound_scene.h"

namespace funcorr::tests {

void import_untrusted(std::string_view input, const std::string& name) {
  static const std::filesystem::path picture = [] {
    const auto file = as_file("", "picture.png");
    save_png(file, Image8(2, 2, 4));
    as_file("mtllib input.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nusemtl m\nf 1/1 2/1 3/1\n", "input.obj");
    return file;
  }();
  as_file(input, name);
  const std::string mesh = name == "input.mtl" ? "input.obj" : name;
  constexpr ImportLimits kLimits{.max_triangles = 100'000, .max_file_mb = 8, .max_texture_pixels = 1 << 20};
  require_sound(import_asset({picture.parent_path(), mesh, {}, "y"}, kLimits));
}

}  // namespace funcorr::tests
