#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/format/hash.h"
#include "render/import/import.h"
#include "tests/temporary_folder.h"

namespace funcorr::tests {

// Writes glTF as a test wants it, right or wrong: accessors over one buffer, the rest as JSON.
class GltfBuilder {
 public:
  nlohmann::json document = {{"asset", {{"version", "2.0"}}}, {"scene", 0}};
  nlohmann::json further_buffers = nlohmann::json::array();  // beside the file's own

  // Appends values and an accessor over them; returns its index.
  template <typename T>
  int accessor(const std::vector<T>& values, const std::string& type, bool normalized = false) {
    const std::size_t components = type == "SCALAR" ? 1
                                   : type == "VEC2" ? 2
                                   : type == "VEC3" ? 3
                                   : type == "MAT4" ? 16
                                                    : 4;
    auto& accessors = document["accessors"];
    accessors.push_back({{"bufferView", view(values)},
                         {"componentType", component_type<T>()},
                         {"count", values.size() / components},
                         {"type", type}});
    if (normalized) accessors.back()["normalized"] = true;
    return static_cast<int>(accessors.size()) - 1;
  }
  // Appends an accessor over a view that is there; returns its index.
  int accessor_over(int view, int component_type, std::size_t count, const std::string& type,
                    bool normalized = false) {
    auto& accessors = document["accessors"];
    accessors.push_back({{"bufferView", view},
                         {"componentType", component_type},
                         {"count", count},
                         {"type", type},
                         {"normalized", normalized}});
    return static_cast<int>(accessors.size()) - 1;
  }
  template <typename T>
  int view(const std::vector<T>& values) {
    while (buffer_.size() % 4 != 0) buffer_ += '\0';
    auto& views = document["bufferViews"];
    views.push_back(
        {{"buffer", 0}, {"byteOffset", buffer_.size()}, {"byteLength", values.size() * sizeof(T)}});
    buffer_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    return static_cast<int>(views.size()) - 1;
  }
  // Adds a mesh of one primitive.
  int mesh(nlohmann::json attributes, int indices = -1, int mode = 4) {
    nlohmann::json primitive{{"attributes", std::move(attributes)}, {"mode", mode}};
    if (indices >= 0) primitive["indices"] = indices;
    document["meshes"].push_back({{"primitives", {primitive}}});
    return static_cast<int>(document["meshes"].size()) - 1;
  }
  // Adds a node; a root of scene 0 unless `is_root` says otherwise.
  int node(nlohmann::json content, bool is_root = true) {
    document["nodes"].push_back(std::move(content));
    const int index = static_cast<int>(document["nodes"].size()) - 1;
    if (is_root) document["scenes"][0]["nodes"].push_back(index);
    return index;
  }

  // Appends what EXT_meshopt_compression stores of `count` elements, and the view that it stands for; the
  // view's own buffer is a fallback that is not there.
  int packed_view(const std::vector<unsigned char>& data, const std::string& mode, std::size_t count,
                  std::size_t stride, const std::string& filter = "NONE") {
    auto& packed = document["bufferViews"][static_cast<std::size_t>(view(data))];
    packed["extensions"] = {{"EXT_meshopt_compression",
                             {{"buffer", 0},
                              {"byteOffset", packed["byteOffset"]},
                              {"byteLength", data.size()},
                              {"byteStride", stride},
                              {"count", count},
                              {"mode", mode},
                              {"filter", filter}}}};
    packed["buffer"] = 1;
    packed["byteOffset"] = 0;
    packed["byteLength"] = count * stride;
    if (mode == "ATTRIBUTES") packed["byteStride"] = stride;
    further_buffers = {
        {{"byteLength", 1 << 20}, {"extensions", {{"EXT_meshopt_compression", {{"fallback", true}}}}}}};
    return static_cast<int>(document["bufferViews"].size()) - 1;
  }

  const std::string& buffer() const { return buffer_; }

  std::string glb() const {
    nlohmann::json with_buffer = document;
    auto& buffers = with_buffer["buffers"];
    buffers = nlohmann::json::array();
    if (!buffer_.empty()) buffers.push_back({{"byteLength", buffer_.size()}});
    for (const auto& further : further_buffers) buffers.push_back(further);
    std::string text = with_buffer.dump(), binary = buffer_;
    while (text.size() % 4 != 0) text += ' ';
    while (binary.size() % 4 != 0) binary += '\0';
    std::string out = "glTF" + u32(2);
    out += u32(static_cast<std::uint32_t>(12 + 8 + text.size() + 8 + binary.size()));
    out += u32(static_cast<std::uint32_t>(text.size())) + "JSON" + text;
    out += u32(static_cast<std::uint32_t>(binary.size())) + std::string("BIN\0", 4) + binary;
    return out;
  }
  // JSON text whose buffer is at `uri`.
  std::string gltf(const std::string& uri) const {
    nlohmann::json with_buffer = document;
    with_buffer["buffers"] = {{{"byteLength", buffer_.size()}, {"uri", uri}}};
    return with_buffer.dump();
  }

 private:
  template <typename T>
  static int component_type() {
    if constexpr (std::is_same_v<T, std::int8_t>) return 5120;
    if constexpr (std::is_same_v<T, std::uint8_t>) return 5121;
    if constexpr (std::is_same_v<T, std::int16_t>) return 5122;
    if constexpr (std::is_same_v<T, std::uint16_t>) return 5123;
    if constexpr (std::is_same_v<T, std::uint32_t>) return 5125;
    return 5126;
  }
  static std::string u32(std::uint32_t value) {
    std::string bytes(4, '\0');
    std::memcpy(bytes.data(), &value, 4);
    return bytes;
  }

  std::string buffer_;
};

// The scene of a file of these bytes, .glb or .gltf.
inline Scene import_gltf(const std::string& bytes, const ImportLimits& limits = {}) {
  const TemporaryFolder folder;
  folder.write("a.glb", bytes);
  return import_asset({folder.path(), "a.glb", {}, "y"}, limits);
}
// Kind and text of its rejection; empty when there is none.
inline std::pair<std::string, std::string> rejection_of(const std::string& bytes,
                                                        const ImportLimits& limits = {}) {
  try {
    import_gltf(bytes, limits);
    return {};
  } catch (const ImportError& error) {
    return {error.kind, error.what()};
  }
}

inline std::string base64_of(const std::string& bytes) { return base64(std::as_bytes(std::span(bytes))); }

}  // namespace funcorr::tests
