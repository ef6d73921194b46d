#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "db/format/transform.h"
#include "tools/sample_objects/families.h"

namespace funcorr {

// One object of a family and where its file places it.
struct GeneratedObject {
  SampleObject object;
  Transform file_from_object;  // turned about y, scaled (files differ in units), moved
};
// Same family, seed and variant: the same object to the bit. Every part has triangles.
GeneratedObject generate_object(const SampleFamily& family, std::uint64_t seed, int variant);

// Writes <folder>/<category>/<category>-<variant, 3 digits>.glb and .json (sidecar) and returns the former.
// Throws std::runtime_error when a file cannot be written.
std::filesystem::path write_sample_object(const GeneratedObject& generated,
                                          const std::filesystem::path& folder, int variant);

}  // namespace funcorr
