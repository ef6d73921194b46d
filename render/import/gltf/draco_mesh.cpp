#include "render/import/gltf/draco_mesh.h"

#include "render/import/import.h"

#if __has_include(<draco/compression/decode.h>)
#include <draco/compression/decode.h>

namespace funcorr {
namespace {

DracoMesh::Attribute read_attribute(const draco::Mesh& mesh, const std::string& name, int unique_id) {
  const draco::PointAttribute* source =
      unique_id < 0 ? nullptr : mesh.GetAttributeByUniqueId(static_cast<std::uint32_t>(unique_id));
  if (source == nullptr) throw ImportError("bad_buffer", "the Draco data lack attribute " + name);
  DracoMesh::Attribute out;
  out.components = static_cast<std::size_t>(source->num_components());
  std::vector<float> value(out.components);
  for (draco::PointIndex point(0); point < mesh.num_points(); ++point) {
    if (!source->ConvertValue<float>(source->mapped_index(point), static_cast<std::int8_t>(out.components),
                                     value.data()))
      throw ImportError("bad_buffer", "the Draco data of attribute " + name + " cannot be converted");
    out.values.insert(out.values.end(), value.begin(), value.end());
  }
  return out;
}

}  // namespace

DracoMesh decode_draco(std::span<const std::byte> compressed, const std::map<std::string, int>& unique_ids,
                       std::int64_t max_elements) {
  draco::DecoderBuffer buffer;
  buffer.Init(reinterpret_cast<const char*>(compressed.data()), compressed.size());
  draco::Decoder decoder;
  auto result = decoder.DecodeMeshFromBuffer(&buffer);
  if (!result.ok())
    throw ImportError("bad_buffer",
                      "the Draco data cannot be decoded: " + result.status().error_msg_string());
  const std::unique_ptr<draco::Mesh> mesh = std::move(result).value();
  const auto corners = 3 * static_cast<std::int64_t>(mesh->num_faces());
  if (corners > max_elements || static_cast<std::int64_t>(mesh->num_points()) > max_elements)
    throw ImportError("too_many_triangles", "the Draco data hold " + std::to_string(mesh->num_faces()) +
                                                " triangles, more than are allowed");
  DracoMesh out;
  out.points = mesh->num_points();
  for (draco::FaceIndex face(0); face < mesh->num_faces(); ++face)
    for (std::size_t k = 0; k < 3; ++k) out.indices.push_back(mesh->face(face)[k].value());
  for (const auto& [name, unique_id] : unique_ids)
    out.attributes[name] = read_attribute(*mesh, name, unique_id);
  return out;
}

}  // namespace funcorr

#else

namespace funcorr {

DracoMesh decode_draco(std::span<const std::byte>, const std::map<std::string, int>&, std::int64_t) {
  throw ImportError(
      "unsupported_extension",
      "geometry compressed by KHR_draco_mesh_compression: funcorr was built without the Draco library");
}

}  // namespace funcorr

#endif
