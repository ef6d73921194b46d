#pragma once

#include <string>

#include "render/import/import.h"
#include "tests/temporary_folder.h"

namespace funcorr::tests {

// A square of side 2 in the plane z = 0, facing +z, as an asset of two files in a folder of its own.
inline AssetSource write_square(const TemporaryFolder& folder,
                                const std::string& material = "Kd 0.8 0.1 0.1") {
  folder.write("asset/square.obj",
               "mtllib a.mtl\nusemtl m\nv -1 -1 0\nv 1 -1 0\nv 1 1 0\nv -1 1 0\nf 1 2 3 4\n");
  folder.write("asset/a.mtl", "newmtl m\n" + material + "\n");
  return {folder / "asset", "square.obj", {}, "y"};
}

}  // namespace funcorr::tests
