#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "render/geometry/mesh.h"
#include "tools/sample_objects/generate.h"

namespace funcorr {

// The object in normalised object space, as an import of its file gives it, without materials; a triangle's
// part is an index into object.parts.
Mesh normalized_mesh(const GeneratedObject& generated);

// The true parts that a taxonomy's name stands for, as such indices; none where the object has no such part.
std::set<std::int16_t> part_ids(const SampleObject& object, const std::string& name);

}  // namespace funcorr
