#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace funcorr {

// A TensorBoard event file: records of (length, masked CRC-32C, protobuf Event, masked CRC-32C), the first of
// them "brain.Event:2". Scalars only. Written over; throws std::runtime_error naming the file where it cannot
// be written.
class EventFile {
 public:
  EventFile(const std::filesystem::path& file, double wall_time);
  // One event with a value per tag.
  void add(double wall_time, std::int64_t step, const std::map<std::string, double>& scalars);

 private:
  void write_record(const std::string& event);
  std::filesystem::path file_;
  std::ofstream stream_;
};

// CRC-32C (Castagnoli), as RFC 3720 has it.
std::uint32_t crc32c(const std::string& bytes);

}  // namespace funcorr
