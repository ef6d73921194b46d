#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "render/import/gltf/gltf_file.h"

namespace funcorr {

// A buffer view that EXT_meshopt_compression stores in `compressed`, unpacked: all three modes, all filters.
// [count · byteStride] bytes; `extension` is the view's. Throws ImportError: "bad_gltf" for what the
// extension does not allow, "bad_buffer" for data that are damaged, "too_large" for more than `max_bytes`,
// before they are allocated. Format: github.com/KhronosGroup/glTF,
// extensions/2.0/Vendor/EXT_meshopt_compression.
std::vector<std::byte> decode_meshopt(const GltfNode& extension, std::span<const std::byte> compressed,
                                      std::size_t max_bytes);

}  // namespace funcorr
