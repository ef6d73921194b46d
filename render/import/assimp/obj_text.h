#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "db/format/vector.h"

namespace funcorr {

// A text mesh (OBJ, ASCII PLY …) as Assimp reads it well.
// UTF-16 (by byte-order mark, or every second byte zero) → UTF-8; a UTF-8 mark is removed.
std::vector<std::byte> as_utf8(std::vector<std::byte> text);

struct ObjText {
  std::vector<std::byte> text;
  Vec3d offset;                              // to be added to every vertex after reading
  std::vector<std::string> libraries;        // what each mtllib statement names
  std::int64_t faces = 0, broken_faces = 0;  // lines; broken: fewer than three corners
};
// Assimp keeps single precision: where an OBJ's vertices stand farther from the origin than a thousand times
// their extent, they are moved to it in double precision, and `offset` says from where.
ObjText prepare_obj(std::vector<std::byte> text);

}  // namespace funcorr
