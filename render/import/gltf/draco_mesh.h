#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace funcorr {

// Geometry decoded from KHR_draco_mesh_compression.
struct DracoMesh {
  struct Attribute {
    std::size_t components = 0;
    std::vector<double> values;  // [points, components], normalised integers as fractions
  };
  std::size_t points = 0;
  std::vector<double> indices;  // [3 · triangles]
  std::map<std::string, Attribute> attributes;
};

// `unique_ids`: of the wanted attributes, by their glTF name. Throws ImportError: "unsupported_extension"
// where funcorr was built without the Draco library, "bad_buffer" for data that are damaged or lack an
// attribute, "too_many_triangles" for more than `max_elements` corners or points.
DracoMesh decode_draco(std::span<const std::byte> compressed, const std::map<std::string, int>& unique_ids,
                       std::int64_t max_elements);

}  // namespace funcorr
