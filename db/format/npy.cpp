#include "db/format/npy.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <set>

#include "db/format/file.h"
#include "db/format/mapped_file.h"
#include "db/format/zip.h"

namespace funcorr {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays are kept in memory as in the file");

constexpr std::string_view kMagic = "\x93NUMPY";

[[noreturn]] void fail(const std::string& name, const std::string& what) {
  throw std::runtime_error(name + ": " + what);
}

std::size_t item_bytes(const std::string& dtype) { return static_cast<std::size_t>(dtype.at(1) - '0'); }

struct Header {
  std::string dtype;
  bool swapped = false, fortran = false;
  std::vector<std::size_t> shape;
  std::size_t data_offset = 0;
};

// The header is a Python dict literal with three known keys; what stands behind `key`, spaces skipped.
std::string_view value_of(std::string_view dict, std::string_view key, const std::string& name) {
  const std::size_t at = dict.find(std::string(1, '\'').append(key).append("':"));
  const std::size_t colon = at == std::string_view::npos ? at : dict.find(':', at);
  const std::size_t value = colon == std::string_view::npos ? colon : dict.find_first_not_of(' ', colon + 1);
  if (value == std::string_view::npos) fail(name, "NumPy header without '" + std::string(key) + "'");
  return dict.substr(value);
}

void parse_descr(std::string_view text, Header& header, const std::string& name) {
  static const std::set<std::string> known{"f2", "f4", "f8", "i1", "i2", "i4",
                                           "i8", "u1", "u2", "u4", "u8", "b1"};
  const std::string descr(text.size() >= 5 && text[0] == '\'' && text[4] == '\'' ? text.substr(1, 3) : "");
  if (descr.empty() || !known.contains(descr.substr(1)) ||
      (descr[0] != '<' && descr[0] != '|' && descr[0] != '>'))
    fail(name, "NumPy dtype " + std::string(text.substr(0, std::min<std::size_t>(text.find(','), 40))) +
                   " is not supported; plain numbers and booleans are");
  header.dtype = descr.substr(1);
  header.swapped = descr[0] == '>';
}

void parse_shape(std::string_view text, Header& header, const std::string& name) {
  const std::size_t close = text.find(')');
  if (text.empty() || text[0] != '(' || close == std::string_view::npos)
    fail(name, "NumPy header with a broken shape");
  std::size_t at = 1;
  while (at < close) {
    if (text[at] == ' ' || text[at] == ',') {
      ++at;
      continue;
    }
    std::size_t extent = 0;
    const std::size_t first = at;
    for (; at < close && text[at] >= '0' && text[at] <= '9'; ++at) {
      if (at - first > 17) fail(name, "NumPy header with an impossible extent");
      extent = extent * 10 + static_cast<std::size_t>(text[at] - '0');
    }
    if (at == first) fail(name, "NumPy header with a broken shape");
    header.shape.push_back(extent);
  }
  if (header.shape.size() > 32) fail(name, "NumPy header with more than 32 dimensions");
}

Header parse_header(std::span<const std::byte> data, const std::string& name) {
  const auto* text = reinterpret_cast<const char*>(data.data());
  const std::string_view all(text, data.size());
  if (!all.starts_with(kMagic) || all.size() < 10) fail(name, "not a NumPy file (magic string missing)");
  const int version = static_cast<unsigned char>(all[6]);
  if (version < 1 || version > 3)
    fail(name, "NumPy format version " + std::to_string(version) + " is unknown");
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  if (all.size() < 8 + length_bytes) fail(name, "cut short within the header");
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i)
    length |= static_cast<std::size_t>(static_cast<unsigned char>(all[8 + i])) << (8 * i);
  if (length > all.size() - 8 - length_bytes) fail(name, "cut short within the header");
  const std::string_view dict = all.substr(8 + length_bytes, length);
  Header header;
  header.data_offset = 8 + length_bytes + length;
  parse_descr(value_of(dict, "descr", name), header, name);
  parse_shape(value_of(dict, "shape", name), header, name);
  const std::string_view order = value_of(dict, "fortran_order", name);
  header.fortran = order.starts_with("True");
  if (!header.fortran && !order.starts_with("False")) fail(name, "NumPy header with a broken fortran_order");
  return header;
}

std::size_t checked_bytes(const Header& header, const std::string& name) {
  std::size_t bytes = item_bytes(header.dtype);
  for (const std::size_t extent : header.shape) {
    if (extent != 0 && bytes > std::numeric_limits<std::size_t>::max() / extent)
      fail(name, "shape overflows the address space");
    bytes *= extent;
  }
  return bytes;
}

// Column-major → row-major.
std::vector<std::byte> transposed(const std::vector<std::byte>& in, const std::vector<std::size_t>& shape,
                                  std::size_t item) {
  std::vector<std::byte> out(in.size());
  std::vector<std::size_t> index(shape.size());
  for (std::size_t target = 0; target < in.size() / item; ++target) {
    std::size_t source = 0;
    for (std::size_t d = shape.size(); d-- > 0;) source = source * shape[d] + index[d];
    std::memcpy(out.data() + target * item, in.data() + source * item, item);
    for (std::size_t d = shape.size(); d-- > 0;) {
      if (++index[d] < shape[d]) break;
      index[d] = 0;
    }
  }
  return out;
}

template <typename T>
std::vector<double> widened(const NpyArray& array) {
  const std::vector<T> values = array.as<T>();
  return std::vector<double>(values.begin(), values.end());
}

}  // namespace

double double_from_half(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31, mantissa = bits & 1023;
  const double sign = bits & 0x8000 ? -1.0 : 1.0;
  if (exponent == 31)
    return mantissa ? std::numeric_limits<double>::quiet_NaN()
                    : sign * std::numeric_limits<double>::infinity();
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  return sign * std::ldexp(1024 + mantissa, exponent - 25);
}

std::uint16_t half_from_float(float value) {
  const auto sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000 : 0);
  const double magnitude = std::fabs(static_cast<double>(value));
  if (std::isnan(value)) return static_cast<std::uint16_t>(sign | 0x7e00);
  if (magnitude >= 65520.0) return static_cast<std::uint16_t>(sign | 0x7c00);  // rounds to infinity
  if (magnitude < std::ldexp(1.0, -14))  // subnormal; a carry into the exponent is the right result
    return static_cast<std::uint16_t>(sign | static_cast<int>(std::nearbyint(std::ldexp(magnitude, 24))));
  int exponent = 0;
  const double fraction = std::frexp(magnitude, &exponent);  // fraction in [0.5, 1)
  const int mantissa = static_cast<int>(std::nearbyint(std::ldexp(fraction, 11))) - 1024;
  return static_cast<std::uint16_t>(sign | (((exponent + 14) << 10) + mantissa));
}

std::size_t NpyArray::size() const {
  std::size_t n = 1;
  for (const std::size_t extent : shape) n *= extent;
  return n;
}

std::vector<double> NpyArray::to_double() const {
  if (dtype == "f2") {
    std::vector<double> values(size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::uint16_t bits = 0;
      std::memcpy(&bits, bytes.data() + 2 * i, 2);
      values[i] = double_from_half(bits);
    }
    return values;
  }
  if (dtype == "f4") return widened<float>(*this);
  if (dtype == "f8") return widened<double>(*this);
  if (dtype == "i1") return widened<std::int8_t>(*this);
  if (dtype == "i2") return widened<std::int16_t>(*this);
  if (dtype == "i4") return widened<std::int32_t>(*this);
  if (dtype == "i8") return widened<std::int64_t>(*this);
  if (dtype == "u1" || dtype == "b1") return widened<std::uint8_t>(*this);
  if (dtype == "u2") return widened<std::uint16_t>(*this);
  if (dtype == "u4") return widened<std::uint32_t>(*this);
  if (dtype == "u8") return widened<std::uint64_t>(*this);
  throw std::runtime_error("array of unknown dtype '" + dtype + "'");
}

NpyArray decode_npy(std::span<const std::byte> data, const std::string& name) {
  Header header = parse_header(data, name);
  const std::size_t bytes = checked_bytes(header, name);
  const std::size_t present = data.size() - header.data_offset;
  if (present != bytes)
    fail(name, "shape and dtype ask for " + std::to_string(bytes) + " bytes of data, the file has " +
                   std::to_string(present));
  const auto body = data.subspan(header.data_offset);
  NpyArray array{header.dtype, header.shape, std::vector<std::byte>(body.begin(), body.end())};
  const std::size_t item = item_bytes(header.dtype);
  if (header.swapped)
    for (std::size_t at = 0; at < bytes; at += item)
      std::reverse(array.bytes.begin() + static_cast<std::ptrdiff_t>(at),
                   array.bytes.begin() + static_cast<std::ptrdiff_t>(at + item));
  if (header.fortran && array.shape.size() > 1) array.bytes = transposed(array.bytes, array.shape, item);
  return array;
}

std::vector<std::byte> encode_npy(const NpyArray& array) {
  if (array.bytes.size() != array.size() * item_bytes(array.dtype))
    throw std::invalid_argument("NpyArray's bytes do not match its dtype and shape");
  std::string shape;
  for (const std::size_t extent : array.shape) shape += std::to_string(extent) + ", ";
  if (array.shape.size() > 1) shape.resize(shape.size() - 2);
  if (array.shape.size() == 1) shape.resize(shape.size() - 1);  // "(3,)"
  std::string dict = "{'descr': '";
  dict += item_bytes(array.dtype) == 1 ? '|' : '<';
  dict.append(array.dtype).append("', 'fortran_order': False, 'shape': (").append(shape).append("), }");
  constexpr std::size_t kAlign = 64, kPrefix = 10;
  dict.append(kAlign - (kPrefix + dict.size() + 1) % kAlign, ' ');
  dict += '\n';
  std::string head(kMagic);
  head += {'\x01', '\x00', static_cast<char>(dict.size() & 0xff), static_cast<char>(dict.size() >> 8)};
  head += dict;
  const auto head_bytes = std::as_bytes(std::span(head));
  std::vector<std::byte> out(head_bytes.begin(), head_bytes.end());
  out.insert(out.end(), array.bytes.begin(), array.bytes.end());
  return out;
}

NpyArray load_npy(const std::filesystem::path& file) {
  return decode_npy(read_file_bytes(file), file.string());
}

void save_npy(const std::filesystem::path& file, const NpyArray& array) {
  write_file_bytes(file, encode_npy(array));
}

std::map<std::string, NpyArray> load_npz(const std::filesystem::path& file) {
  const MappedFile mapping(file);
  const ZipArchive archive(mapping.bytes(), file.string());
  std::map<std::string, NpyArray> arrays;
  std::vector<std::byte> buffer;
  for (const auto& [member_name, member] : archive.members()) {
    const std::string name =
        member_name.substr(0, member_name.size() - (member_name.ends_with(".npy") ? 4 : 0));
    arrays.emplace(name, decode_npy(archive.read(member, buffer), file.string() + " [" + member_name + "]"));
  }
  return arrays;
}

void save_npz(const std::filesystem::path& file, const std::map<std::string, NpyArray>& arrays,
              bool compress) {
  std::map<std::string, std::vector<std::byte>> members;
  for (const auto& [name, array] : arrays) members.emplace(name + ".npy", encode_npy(array));
  write_file_bytes(file, write_zip(members, compress));
}

}  // namespace funcorr
