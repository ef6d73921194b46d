#include "labeling/fusion/heat_cloud.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "db/format/file.h"

namespace funcorr {
namespace {

static_assert(std::endian::native == std::endian::little, "the floats of the file are written as they lie");

using Color = std::array<double, 3>;  // sRGB 0 … 255
constexpr Color kCold{190, 190, 190}, kWarm{253, 141, 60}, kHot{128, 0, 38};

std::array<std::uint8_t, 3> color_of(double heat) {
  const bool lower = heat < 0.5;
  const Color& from = lower ? kCold : kWarm;
  const Color& to = lower ? kWarm : kHot;
  const double t = lower ? 2 * heat : 2 * heat - 1;
  std::array<std::uint8_t, 3> color{};
  for (std::size_t i = 0; i < 3; ++i)
    color[i] = static_cast<std::uint8_t>(std::lround(from[i] + t * (to[i] - from[i])));
  return color;
}

template <typename T>
void append(std::vector<std::byte>& bytes, const T& value) {
  const auto* begin = reinterpret_cast<const std::byte*>(&value);
  bytes.insert(bytes.end(), begin, begin + sizeof value);
}

}  // namespace

void save_heat_cloud(const std::filesystem::path& ply, std::span<const Vec3f> positions,
                     std::span<const double> scaled_heat) {
  if (positions.size() != scaled_heat.size())
    throw std::invalid_argument("save_heat_cloud: " + std::to_string(positions.size()) + " positions of " +
                                std::to_string(scaled_heat.size()) + " points");
  const std::string header =
      "ply\nformat binary_little_endian 1.0\nelement vertex " + std::to_string(scaled_heat.size()) +
      "\nproperty float x\nproperty float y\nproperty float z\nproperty uchar red\nproperty uchar green\n"
      "property uchar blue\nproperty float scalar_heat\nend_header\n";
  std::vector<std::byte> bytes(header.size());
  std::memcpy(bytes.data(), header.data(), header.size());
  bytes.reserve(header.size() + 19 * scaled_heat.size());
  for (std::size_t i = 0; i < scaled_heat.size(); ++i) {
    for (int axis = 0; axis < 3; ++axis) append(bytes, positions[i][axis]);
    append(bytes, color_of(scaled_heat[i]));
    append(bytes, static_cast<float>(scaled_heat[i]));
  }
  write_file_bytes(ply, bytes);
}

}  // namespace funcorr
