#include "render/import/gltf/gltf_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <stdexcept>

#include "db/format/hash.h"
#include "db/format/text.h"
#include "render/import/gltf/meshopt_view.h"

namespace funcorr {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxJsonBytes = 64u << 20;  // parsed JSON takes some ten times its text

struct ComponentType {
  int id;
  std::size_t bytes;
  double low, high;  // of a normalised integer
};
constexpr std::array<ComponentType, 6> kComponentTypes{{{5120, 1, -1, 127},
                                                        {5121, 1, 0, 255},
                                                        {5122, 2, -1, 32767},
                                                        {5123, 2, 0, 65535},
                                                        {5125, 4, 0, 4294967295.0},
                                                        {5126, 4, 0, 0}}};

const ComponentType& component_type(std::int64_t id, const GltfNode& node) {
  for (const ComponentType& type : kComponentTypes)
    if (type.id == id) return type;
  node.child("componentType").fail("a component type of glTF 2");
}

template <typename T>
double load(const std::byte* from) {
  T value{};
  std::memcpy(&value, from, sizeof value);
  return static_cast<double>(value);
}

double component(const std::byte* from, const ComponentType& type, bool normalized) {
  double value = 0;
  switch (type.id) {
    case 5120:
      value = load<std::int8_t>(from);
      break;
    case 5121:
      value = load<std::uint8_t>(from);
      break;
    case 5122:
      value = load<std::int16_t>(from);
      break;
    case 5123:
      value = load<std::uint16_t>(from);
      break;
    case 5125:
      value = load<std::uint32_t>(from);
      break;
    default:
      return load<float>(from);
  }
  return normalized ? std::max(value / type.high, type.low) : value;
}

std::size_t components_of(const GltfNode& accessor) {
  static const std::map<std::string, std::size_t> sizes{{"SCALAR", 1}, {"VEC2", 2}, {"VEC3", 3}, {"VEC4", 4},
                                                        {"MAT2", 4},   {"MAT3", 9}, {"MAT4", 16}};
  const auto found = sizes.find(accessor.text("type"));
  if (found == sizes.end()) accessor.child("type").fail("SCALAR, VEC2 … MAT4");
  return found->second;
}

std::uint32_t read_u32(const std::vector<std::byte>& bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, 4);
  return value;
}

}  // namespace

void GltfNode::fail(const std::string& should_be) const {
  throw ImportError("bad_gltf", where + " should be " + should_be);
}

GltfNode GltfNode::child(const std::string& name) const {
  const std::string path = where + "." + name;
  if (value == nullptr) return {nullptr, path};
  if (!value->is_object()) fail("an object");
  const auto found = value->find(name);
  return {found == value->end() ? nullptr : &*found, path};
}

GltfNode GltfNode::object(const std::string& name) const {
  GltfNode node = child(name);
  if (node.present() && !node.value->is_object()) node.fail("an object");
  return node;
}

std::vector<GltfNode> GltfNode::list(const std::string& name) const {
  const GltfNode node = child(name);
  std::vector<GltfNode> elements;
  if (!node.present()) return elements;
  if (!node.value->is_array()) node.fail("an array");
  elements.reserve(node.value->size());
  for (std::size_t i = 0; i < node.value->size(); ++i)
    elements.push_back({&(*node.value)[i], node.where + "[" + std::to_string(i) + "]"});
  return elements;
}

double GltfNode::number(const std::string& name, double fallback) const {
  const GltfNode node = child(name);
  if (!node.present()) return fallback;
  if (!node.value->is_number()) node.fail("a number");
  return node.value->get<double>();
}

std::int64_t GltfNode::integer(const std::string& name, std::int64_t fallback) const {
  const GltfNode node = child(name);
  if (!node.present()) return fallback;
  const double number = node.value->is_number() ? node.value->get<double>() : -1;
  if (!(number >= 0) || number > 9e15 || number != std::floor(number)) node.fail("a non-negative integer");
  return static_cast<std::int64_t>(number);
}

int GltfNode::index(const std::string& name) const {
  const std::int64_t value_there = integer(name, -1);
  if (value_there > std::numeric_limits<int>::max()) child(name).fail("an index");
  return static_cast<int>(value_there);
}

bool GltfNode::boolean(const std::string& name, bool fallback) const {
  const GltfNode node = child(name);
  if (!node.present()) return fallback;
  if (!node.value->is_boolean()) node.fail("true or false");
  return node.value->get<bool>();
}

std::string GltfNode::text(const std::string& name, const std::string& fallback) const {
  const GltfNode node = child(name);
  if (!node.present()) return fallback;
  if (!node.value->is_string()) node.fail("a string");
  return node.value->get<std::string>();
}

std::vector<double> GltfNode::numbers(const std::string& name, const std::vector<double>& fallback) const {
  const std::vector<GltfNode> elements = list(name);
  if (!child(name).present()) return fallback;
  std::vector<double> values;
  for (const GltfNode& element : elements) {
    if (!element.value->is_number()) element.fail("a number");
    values.push_back(element.value->get<double>());
  }
  if (!fallback.empty() && values.size() != fallback.size())
    child(name).fail(std::to_string(fallback.size()) + " numbers");
  return values;
}

GltfNode GltfNode::extension(const std::string& name) const { return object("extensions").object(name); }

// The schema's arrays of objects, and the names in them, whether we come to use them or not.
static void check_top_level(const GltfFile& file) {
  for (const char* array : {"accessors", "bufferViews", "buffers", "images", "materials", "meshes", "nodes",
                            "samplers", "scenes", "skins", "textures"})
    for (std::size_t i = 0; i < file.count(array); ++i) file.element(array, static_cast<int>(i)).text("name");
}

GltfFile::GltfFile(const AssetFolder& folder, const std::string& path, const ImportLimits& limits)
    : folder_(folder),
      path_(path),
      max_elements_(3 * limits.max_triangles),
      unpacked_bytes_left_(static_cast<std::size_t>(limits.max_file_bytes())) {
  auto bytes = folder.read(path);
  if (!bytes) throw ImportError("unreadable", "no file '" + path + "'");
  if (bytes->size() >= 4 && std::memcmp(bytes->data(), "glTF", 4) == 0) {
    split_glb(std::move(*bytes));
  } else {
    if (bytes->size() > kMaxJsonBytes) throw ImportError("too_large", "more than 64 MB of glTF JSON");
    const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    json_ = json::parse(text, nullptr, false);
  }
  if (json_.is_discarded() || !json_.is_object())
    throw ImportError("bad_json", "'" + path + "' is no JSON object");
  const std::string version = root().object("asset").text("version");
  if (!version.starts_with("2."))
    throw ImportError("unsupported_format", "glTF version '" + version + "', 2.0 is supported");
  drop_negative_indices();
  check_top_level(*this);
}

// Some exporters write −1 where glTF lets an index be left out.
void GltfFile::drop_negative_indices() {
  static const std::set<std::string> indices{"bufferView", "camera", "indices", "inverseBindMatrices",
                                             "material",   "mesh",   "sampler", "scene",
                                             "skeleton",   "skin",   "source"};
  struct Part {
    json* value;
    bool is_attributes;  // any name in it is an index
  };
  std::vector<Part> stack{{&json_, false}};
  while (!stack.empty()) {
    const Part part = stack.back();
    stack.pop_back();
    const bool is_object = part.value->is_object();
    for (auto it = part.value->begin(); it != part.value->end();) {
      const std::string name = is_object ? it.key() : "";
      if (is_object && *it == -1 && (part.is_attributes || indices.contains(name))) {
        nonconformities_.insert("an index of -1 (" + name + ") is read as none");
        it = part.value->erase(it);
        continue;
      }
      const bool is_attributes =
          name == "attributes" || name == "targets" || (!is_object && part.is_attributes);
      if (it->is_structured() && name != "extras") stack.push_back({&*it, is_attributes});
      ++it;
    }
  }
}

void GltfFile::split_glb(std::vector<std::byte> bytes) {
  const auto cut = [&](const std::string& what) {
    throw ImportError("bad_gltf", "'" + path_ + "': " + what);
  };
  if (bytes.size() < 20) cut("a GLB cut short within its header");
  if (read_u32(bytes, 4) != 2)
    throw ImportError("unsupported_format",
                      "GLB version " + std::to_string(read_u32(bytes, 4)) + ", 2 is supported");
  std::size_t at = 12;
  for (int chunk = 0; at + 8 <= bytes.size(); ++chunk) {
    const std::size_t length = read_u32(bytes, at), type = read_u32(bytes, at + 4);
    at += 8;
    if (length > bytes.size() - at)
      cut("a GLB cut short: a chunk of " + std::to_string(length) + " bytes, " +
          std::to_string(bytes.size() - at) + " are left");
    if (chunk == 0) {
      if (type != 0x4e4f534a) cut("the first chunk of the GLB is not JSON");
      if (length > kMaxJsonBytes) throw ImportError("too_large", "more than 64 MB of glTF JSON");
      json_ = json::parse(std::string_view(reinterpret_cast<const char*>(bytes.data()) + at, length), nullptr,
                          false);
    } else if (type == 0x004e4942 && !has_binary_chunk_) {
      const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
      binary_chunk_.assign(begin, begin + static_cast<std::ptrdiff_t>(length));
      has_binary_chunk_ = true;
    }
    at += length;
  }
}

GltfNode GltfFile::element(const std::string& array, int index) const {
  const GltfNode all = root().child(array);
  const std::string where = array + "[" + std::to_string(index) + "]";
  if (all.present() && !all.value->is_array()) all.fail("an array");
  const std::size_t size = all.present() ? all.value->size() : 0;
  if (index < 0 || static_cast<std::size_t>(index) >= size)
    throw ImportError("bad_index", where + " is referred to, there are " + std::to_string(size));
  GltfNode node{&(*all.value)[static_cast<std::size_t>(index)], where};
  if (!node.value->is_object()) node.fail("an object");
  return node;
}

std::size_t GltfFile::count(const std::string& array) const {
  const GltfNode all = root().child(array);
  if (!all.present()) return 0;
  if (!all.value->is_array()) all.fail("an array");
  return all.value->size();
}

std::vector<std::byte> GltfFile::decode_data_uri(const std::string& uri, const std::string& where) {
  const std::size_t comma = uri.find(',');
  if (comma == std::string::npos || uri.substr(0, comma).find(";base64") == std::string::npos)
    throw ImportError("bad_gltf", where + " is a data URI that is not base64");
  std::string payload = percent_decoded(uri.substr(comma + 1));
  if (std::erase_if(payload, [](unsigned char c) { return std::isspace(c); }) > 0)
    nonconformities_.insert(where + " is a data URI with blanks or line breaks: they are left out");
  try {
    return from_loose_base64(payload);
  } catch (const std::invalid_argument&) {
    throw ImportError("bad_gltf", where + " is a data URI with a character outside base64");
  }
}

const std::vector<std::byte>& GltfFile::buffer(int index) {
  if (const auto known = buffers_.find(index); known != buffers_.end()) return known->second;
  const GltfNode node = element("buffers", index);
  const auto length = static_cast<std::size_t>(node.integer("byteLength", 0));
  std::vector<std::byte> bytes;
  const std::string uri = node.text("uri");
  if (uri.empty()) {
    if (index != 0 || !has_binary_chunk_)
      throw ImportError("missing_buffer", node.where + " names no file and the file has no binary chunk");
    bytes = std::move(binary_chunk_);
  } else if (is_data_uri(uri)) {
    bytes = decode_data_uri(uri, node.where + ".uri");
  } else {
    const std::string file = folder_.resolve(path_, percent_decoded(uri));
    auto content = folder_.read(file);
    if (!content) throw ImportError("missing_buffer", "buffer file '" + file + "' is missing");
    bytes = std::move(*content);
  }
  if (bytes.size() < length)
    throw ImportError("bad_buffer", node.where + " has " + std::to_string(bytes.size()) + " bytes, " +
                                        std::to_string(length) + " are promised");
  bytes.resize(length);
  return buffers_[index] = std::move(bytes);
}

std::span<const std::byte> GltfFile::buffer_view(int index) {
  if (const auto known = unpacked_.find(index); known != unpacked_.end()) return known->second;
  const GltfNode node = element("bufferViews", index), packed = node.extension("EXT_meshopt_compression");
  if (!packed.present()) return slice(node);
  std::vector<std::byte> bytes = decode_meshopt(packed, slice(packed), unpacked_bytes_left_);
  unpacked_bytes_left_ -= bytes.size();
  return unpacked_[index] = std::move(bytes);
}

std::span<const std::byte> GltfFile::slice(const GltfNode& node) {
  const auto offset = static_cast<std::size_t>(node.integer("byteOffset", 0));
  const auto length = static_cast<std::size_t>(node.integer("byteLength", 0));
  const std::vector<std::byte>& bytes = buffer(node.index("buffer"));
  if (offset > bytes.size() || length > bytes.size() - offset)
    throw ImportError("bad_buffer", node.where + " reaches beyond its buffer of " +
                                        std::to_string(bytes.size()) + " bytes");
  return std::span(bytes).subspan(offset, length);
}

std::size_t GltfFile::accessor_count(int index) const {
  return static_cast<std::size_t>(element("accessors", index).integer("count", 0));
}

void GltfFile::read_values(const GltfNode& node, std::span<const std::byte> bytes, std::size_t stride,
                           Accessor& out) const {
  const ComponentType& type = component_type(node.integer("componentType", -1), node);
  const bool normalized = node.boolean("normalized", false);
  const std::size_t element_bytes = out.components * type.bytes;
  const auto offset = static_cast<std::size_t>(node.integer("byteOffset", 0));
  if (stride == 0) stride = element_bytes;
  if (out.count > 0 && (offset > bytes.size() || element_bytes > bytes.size() - offset ||
                        (out.count - 1) > (bytes.size() - offset - element_bytes) / stride))
    throw ImportError("bad_buffer", node.where + ": " + std::to_string(out.count) +
                                        " elements reach beyond the buffer view of " +
                                        std::to_string(bytes.size()) + " bytes");
  out.values.resize(out.count * out.components);
  for (std::size_t i = 0; i < out.count; ++i)
    for (std::size_t c = 0; c < out.components; ++c)
      out.values[i * out.components + c] =
          component(bytes.data() + offset + i * stride + c * type.bytes, type, normalized);
}

void GltfFile::substitute(int index, Accessor values) {
  if (accessor_count(index) != values.count)
    throw ImportError("bad_buffer", element("accessors", index).where + " promises " +
                                        std::to_string(accessor_count(index)) + " elements, its data hold " +
                                        std::to_string(values.count));
  substitutes_[index] = std::move(values);
}

GltfFile::Accessor GltfFile::accessor(int index) {
  if (const auto known = substitutes_.find(index); known != substitutes_.end()) return known->second;
  const GltfNode node = element("accessors", index);
  Accessor out;
  out.count = static_cast<std::size_t>(node.integer("count", 0));
  out.components = components_of(node);
  if (out.count > static_cast<std::size_t>(max_elements_))
    throw ImportError("too_many_triangles", node.where + " has " + std::to_string(out.count) +
                                                " elements, at most " + std::to_string(max_elements_) +
                                                " are allowed");
  const int view = node.index("bufferView");
  if (view >= 0) {
    const auto stride = static_cast<std::size_t>(element("bufferViews", view).integer("byteStride", 0));
    read_values(node, buffer_view(view), stride, out);
  } else {
    out.values.assign(out.count * out.components, 0.0);
  }
  const GltfNode sparse = node.object("sparse");
  if (sparse.present())
    apply_sparse(sparse, static_cast<int>(node.integer("componentType", -1)),
                 node.boolean("normalized", false), out);
  return out;
}

void GltfFile::apply_sparse(const GltfNode& sparse, int type_id, bool normalized, Accessor& out) {
  Accessor indices, values;
  indices.count = values.count = static_cast<std::size_t>(sparse.integer("count", 0));
  if (indices.count > out.count) sparse.child("count").fail("at most the accessor's count");
  indices.components = 1;
  values.components = out.components;
  const GltfNode index_node = sparse.object("indices"), value_node = sparse.object("values");
  read_values(index_node, buffer_view(index_node.index("bufferView")), 0, indices);
  json as_accessor{{"componentType", type_id},
                   {"normalized", normalized},
                   {"byteOffset", value_node.integer("byteOffset", 0)}};
  read_values({&as_accessor, value_node.where}, buffer_view(value_node.index("bufferView")), 0, values);
  for (std::size_t i = 0; i < indices.count; ++i) {
    // Signed and floating types, which glTF forbids here, may tell less than 0, and no number.
    if (!(indices.values[i] >= 0 && indices.values[i] < static_cast<double>(out.count)))
      throw ImportError("bad_index", sparse.where + " replaces an element that the accessor does not have");
    const auto target = static_cast<std::size_t>(indices.values[i]);
    std::copy_n(values.values.begin() + static_cast<std::ptrdiff_t>(i * out.components), out.components,
                out.values.begin() + static_cast<std::ptrdiff_t>(target * out.components));
  }
}

}  // namespace funcorr
