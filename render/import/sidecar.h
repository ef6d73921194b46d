#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "db/format/transform.h"

namespace funcorr {

// Truth that may lie beside a mesh as <stem>.json, format "funcorr-sidecar-1": category, caption, up axis,
// the part of every face, and a functional frame per function. Every field but `format` may be absent.
struct Sidecar {
  struct Function {
    std::vector<std::string> parts;
    Transform asset_from_function;  // similarity; two objects are aligned by mapping each into function space
  };
  std::string category, caption, up;
  std::vector<std::string> parts;
  std::vector<std::pair<int, std::int64_t>> part_of_face;  // run lengths: part index, triangles in file order
  std::map<std::string, std::vector<std::string>> part_aliases;  // taxonomy's name → true parts
  std::map<std::string, Function> functions;

  bool empty() const { return parts.empty() && functions.empty() && category.empty() && caption.empty(); }
};

// Throws std::runtime_error naming the field and what would be right.
Sidecar parse_sidecar(std::string_view json);

}  // namespace funcorr
