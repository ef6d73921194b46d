#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace funcorr {

// A PLY file (Turk 1994): a header that names elements and their properties, then their values, in ASCII or
// in binary of either byte order. Reading is bounded by the file: a count that its bytes cannot back is
// refused before anything is allocated for it. Throws ImportError "bad_ply".
enum class PlyType { kInt8, kUint8, kInt16, kUint16, kInt32, kUint32, kFloat32, kFloat64 };

struct PlyProperty {
  std::string name;
  PlyType type = PlyType::kFloat32;
  bool is_list = false;
  PlyType count_type = PlyType::kUint8;  // of a list's length
};

struct PlyElement {
  std::string name;
  std::size_t count = 0;
  std::vector<PlyProperty> properties;
  // Index of the first property with one of the names; −1: there is none.
  int find(std::initializer_list<std::string_view> names) const;
};

struct PlyHeader {
  std::vector<PlyElement> elements;
  std::vector<std::string> comments;
  bool is_ascii = true, is_big_endian = false;
  std::size_t bytes = 0;  // of the header: the values follow
};
PlyHeader read_ply_header(std::string_view file);

// The values, one after the other.
class PlyValues {
 public:
  PlyValues(const PlyHeader& header, std::string_view file)
      : header_(header), rest_(file.substr(header.bytes)) {}

  // Throws unless the rest of the file may hold all of the element.
  void check_room(const PlyElement& element) const;
  // The next row of an element: per property one value, or a list's values. Reuses `row`.
  void read_row(const PlyElement& element, std::vector<std::vector<double>>& row);

 private:
  double next(PlyType type, const PlyElement& element);
  double next_token(const PlyElement& element);

  const PlyHeader& header_;
  std::string_view rest_;
};

}  // namespace funcorr
