#include "render/import/gltf/meshopt_view.h"

#include <cstdint>
#include <string>

#include <meshoptimizer.h>

namespace funcorr {
namespace {

constexpr auto kAttributesHeader =
    std::byte{0xa0};  // newer libraries read a later codec too, which EXT_ lacks

struct Packing {
  std::size_t count, stride;
  std::string mode, filter;
};

// What the library takes for granted.
void check(const Packing& packing, const GltfNode& extension) {
  const auto [count, stride, mode, filter] = packing;
  const bool is_attributes = mode == "ATTRIBUTES";
  if (!is_attributes && mode != "TRIANGLES" && mode != "INDICES")
    extension.child("mode").fail("ATTRIBUTES, TRIANGLES or INDICES");
  if (is_attributes && (stride == 0 || stride % 4 != 0 || stride > 256))
    extension.child("byteStride").fail("a multiple of 4 up to 256");
  if (!is_attributes && stride != 2 && stride != 4) extension.child("byteStride").fail("2 or 4");
  if (mode == "TRIANGLES" && count % 3 != 0) extension.child("count").fail("a multiple of 3");
  if (filter == "NONE") return;
  if (!is_attributes) extension.child("filter").fail("NONE: indices have no filter");
  if (filter == "OCTAHEDRAL"   ? stride != 4 && stride != 8
      : filter == "QUATERNION" ? stride != 8
                               : filter != "EXPONENTIAL")
    extension.child("filter").fail("OCTAHEDRAL (stride 4 or 8), QUATERNION (8), EXPONENTIAL or NONE");
}

bool unpack(const Packing& packing, std::span<const std::byte> compressed, std::vector<std::byte>& out) {
  const auto* from = reinterpret_cast<const unsigned char*>(compressed.data());
  const auto [count, stride, mode, filter] = packing;
  if (mode == "TRIANGLES")
    return meshopt_decodeIndexBuffer(out.data(), count, stride, from, compressed.size()) == 0;
  if (mode == "INDICES")
    return meshopt_decodeIndexSequence(out.data(), count, stride, from, compressed.size()) == 0;
  return !compressed.empty() && compressed.front() == kAttributesHeader &&
         meshopt_decodeVertexBuffer(out.data(), count, stride, from, compressed.size()) == 0;
}

void apply_filter(const Packing& packing, std::vector<std::byte>& values) {
  if (packing.filter == "OCTAHEDRAL")
    meshopt_decodeFilterOct(values.data(), packing.count, packing.stride);
  else if (packing.filter == "QUATERNION")
    meshopt_decodeFilterQuat(values.data(), packing.count, packing.stride);
  else if (packing.filter == "EXPONENTIAL")
    meshopt_decodeFilterExp(values.data(), packing.count, packing.stride);
}

}  // namespace

std::vector<std::byte> decode_meshopt(const GltfNode& extension, std::span<const std::byte> compressed,
                                      std::size_t max_bytes) {
  const Packing packing{static_cast<std::size_t>(extension.integer("count", 0)),
                        static_cast<std::size_t>(extension.integer("byteStride", 0)), extension.text("mode"),
                        extension.text("filter", "NONE")};
  check(packing, extension);
  if (packing.count > max_bytes / packing.stride)
    throw ImportError("too_large", extension.where + " unpacks to " + std::to_string(packing.count) + " × " +
                                       std::to_string(packing.stride) + " bytes, more than are allowed");
  std::vector<std::byte> out(packing.count * packing.stride);
  if (out.empty()) return out;
  if (!unpack(packing, compressed, out))
    throw ImportError("bad_buffer", extension.where + ": the meshopt data cannot be decoded");
  apply_filter(packing, out);
  return out;
}

}  // namespace funcorr
