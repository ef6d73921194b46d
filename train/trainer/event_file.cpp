#include "train/trainer/event_file.h"

#include <array>
#include <cstring>
#include <stdexcept>

namespace funcorr {
namespace {

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82f63b78U : 0U);
    table[i] = value;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kCrcTable = make_crc_table();

// As TFRecord masks its checksums.
std::uint32_t masked(std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8U; }

template <typename T>
std::string little_endian(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

// Protocol buffers' wire format: field numbers and types of tensorflow's event.proto and summary.proto.
std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7) bytes.push_back(static_cast<char>((value & 127) | 128));
  bytes.push_back(static_cast<char>(value));
  return bytes;
}
std::string key(unsigned field, unsigned wire_type) { return varint(field << 3 | wire_type); }
std::string message(unsigned field, const std::string& bytes) {
  return key(field, 2) + varint(bytes.size()) + bytes;
}
std::string wall_time_field(double wall_time) { return key(1, 1) + little_endian(wall_time); }

}  // namespace

std::uint32_t crc32c(const std::string& bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const char byte : bytes) crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<unsigned char>(byte)) & 0xff];
  return ~crc;
}

EventFile::EventFile(const std::filesystem::path& file, double wall_time)
    : file_(file), stream_(file, std::ios::binary | std::ios::trunc) {
  write_record(wall_time_field(wall_time) + message(3, "brain.Event:2"));
}

void EventFile::add(double wall_time, std::int64_t step, const std::map<std::string, double>& scalars) {
  std::string summary;
  for (const auto& [tag, value] : scalars)
    summary += message(1, message(1, tag) + key(2, 5) + little_endian(static_cast<float>(value)));
  write_record(wall_time_field(wall_time) + key(2, 0) + varint(static_cast<std::uint64_t>(step)) +
               message(5, summary));
}

void EventFile::write_record(const std::string& event) {
  const std::string length = little_endian(static_cast<std::uint64_t>(event.size()));
  stream_ << length << little_endian(masked(crc32c(length))) << event << little_endian(masked(crc32c(event)))
          << std::flush;
  if (!stream_) throw std::runtime_error("cannot write " + file_.string());
}

}  // namespace funcorr
