#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace funcorr::tests {

// OpenEXR files byte by byte, as "OpenEXR File Layout" describes them: uncompressed scan lines of floats. A
// pixel's channels count up from `value` by their places in the list.
struct ExrPart {
  std::string name;                           // needed where there are several
  std::vector<std::string> channels;          // in alphabetical order, as the format wants them
  std::array<std::int32_t, 4> data, display;  // windows: x and y of the first and of the last pixel
  float value = 1;
};

template <typename Number>
std::string number(Number value) {  // little-endian, as this machine
  std::string bytes(sizeof(value), '\0');
  std::memcpy(bytes.data(), &value, sizeof(value));
  return bytes;
}

inline std::string exr_header(const ExrPart& part, bool is_one_of_several) {
  const auto attribute = [](const std::string& name, const std::string& type, const std::string& value) {
    return name + '\0' + type + '\0' + number(static_cast<std::int32_t>(value.size())) + value;
  };
  const auto window = [](const std::array<std::int32_t, 4>& w) {
    return number(w[0]) + number(w[1]) + number(w[2]) + number(w[3]);
  };
  std::string channels;
  for (const std::string& name : part.channels)  // type 2: float; linear and reserved; no subsampling
    channels += name + '\0' + number<std::int32_t>(2) + number<std::int32_t>(0) + number<std::int32_t>(1) +
                number<std::int32_t>(1);
  std::string header = attribute("channels", "chlist", channels + '\0');
  if (is_one_of_several) header += attribute("chunkCount", "int", number(part.data[3] - part.data[1] + 1));
  header += attribute("compression", "compression", std::string(1, '\0')) +
            attribute("dataWindow", "box2i", window(part.data)) +
            attribute("displayWindow", "box2i", window(part.display)) +
            attribute("lineOrder", "lineOrder", std::string(1, '\0'));
  if (is_one_of_several) header += attribute("name", "string", part.name);
  header += attribute("pixelAspectRatio", "float", number(1.0F)) +
            attribute("screenWindowCenter", "v2f", number(0.0F) + number(0.0F)) +
            attribute("screenWindowWidth", "float", number(1.0F));
  if (is_one_of_several) header += attribute("type", "string", "scanlineimage");
  return header + '\0';
}

inline std::string exr_bytes(const std::vector<ExrPart>& parts) {
  const bool several = parts.size() > 1;
  std::string file = std::string("\x76\x2f\x31\x01") + number<std::int32_t>(several ? 0x1002 : 2);
  std::size_t lines = 0;
  for (const ExrPart& part : parts) {
    file += exr_header(part, several);
    lines += static_cast<std::size_t>(part.data[3] - part.data[1] + 1);
  }
  if (several) file += '\0';
  std::string chunks, offsets;
  for (std::size_t p = 0; p < parts.size(); ++p)
    for (std::int32_t y = parts[p].data[1]; y <= parts[p].data[3]; ++y) {
      offsets += number<std::uint64_t>(file.size() + 8 * lines + chunks.size());
      std::string line;
      for (std::size_t c = 0; c < parts[p].channels.size(); ++c)
        for (std::int32_t x = parts[p].data[0]; x <= parts[p].data[2]; ++x)
          line += number(parts[p].value + static_cast<float>(c));
      if (several) chunks += number(static_cast<std::int32_t>(p));
      chunks += number(y) + number(static_cast<std::int32_t>(line.size())) + line;
    }
  return file + offsets + chunks;
}

}  // namespace funcorr::tests
