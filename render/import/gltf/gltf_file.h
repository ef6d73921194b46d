#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "render/import/asset_folder.h"
#include "render/import/import.h"

namespace funcorr {

// Typed access to glTF's JSON: a wrong type is an ImportError "bad_gltf" that names the place, a missing
// value is the default. `where` is the path so far, "materials[0]".
struct GltfNode {
  const nlohmann::json* value = nullptr;  // null: absent
  std::string where;

  bool present() const { return value != nullptr; }
  GltfNode child(const std::string& name) const;              // object member of any type
  GltfNode object(const std::string& name) const;             // must be an object where present
  std::vector<GltfNode> list(const std::string& name) const;  // array member; empty where absent
  double number(const std::string& name, double fallback) const;
  std::int64_t integer(const std::string& name, std::int64_t fallback) const;  // non-negative
  int index(const std::string& name) const;                                    // −1 where absent
  bool boolean(const std::string& name, bool fallback) const;
  std::string text(const std::string& name, const std::string& fallback = {}) const;
  // Exactly `count` numbers, or the fallback where absent.
  std::vector<double> numbers(const std::string& name, const std::vector<double>& fallback) const;
  GltfNode extension(const std::string& name) const;
  [[noreturn]] void fail(const std::string& should_be) const;
};

// A parsed .gltf or .glb with its buffers; version 2 only. Reading is bounded: nothing beyond a buffer view
// is touched, nothing is allocated for counts that the bytes do not back (sparse accessors: three elements
// for each triangle that is allowed; all that is unpacked together: as much as a file may hold).
class GltfFile {
 public:
  GltfFile(const AssetFolder& folder, const std::string& path, const ImportLimits& limits);

  GltfNode root() const { return {&json_, "glTF"}; }
  // Element `index` of a top-level array; ImportError "bad_index" beyond its end.
  GltfNode element(const std::string& array, int index) const;
  std::size_t count(const std::string& array) const;

  // Unpacked where EXT_meshopt_compression packs it; the fallback that it may have is not read.
  std::span<const std::byte> buffer_view(int index);
  struct Accessor {
    std::size_t count = 0, components = 0;
    std::vector<double> values;  // [count, components], normalised integers as fractions
  };
  Accessor accessor(int index);
  // From now on that accessor gives these values: what an extension stores elsewhere. Throws ImportError
  // "bad_buffer" where its count is another.
  void substitute(int index, Accessor values);
  // Count and type checks only.
  std::size_t accessor_count(int index) const;

  // Bytes and, for images, the file a URI names. Percent-escapes are decoded.
  static bool is_data_uri(const std::string& uri) { return uri.starts_with("data:"); }
  std::vector<std::byte> decode_data_uri(const std::string& uri, const std::string& where);
  const std::string& path() const { return path_; }
  // How the file broke glTF's rules so far and was read nonetheless, one line each.
  const std::set<std::string>& nonconformities() const { return nonconformities_; }

 private:
  void split_glb(std::vector<std::byte> bytes);
  void drop_negative_indices();
  const std::vector<std::byte>& buffer(int index);
  std::span<const std::byte> slice(const GltfNode& node);  // of the buffer that the node names
  void read_values(const GltfNode& node, std::span<const std::byte> bytes, std::size_t stride,
                   Accessor& out) const;
  void apply_sparse(const GltfNode& sparse, int component_type, bool normalized, Accessor& out);

  const AssetFolder& folder_;
  std::string path_;
  std::int64_t max_elements_;
  nlohmann::json json_;
  std::vector<std::byte> binary_chunk_;
  bool has_binary_chunk_ = false;
  std::map<int, std::vector<std::byte>> buffers_, unpacked_;  // by buffer; by buffer view
  std::size_t unpacked_bytes_left_;
  std::map<int, Accessor> substitutes_;
  std::set<std::string> nonconformities_;
};

}  // namespace funcorr
