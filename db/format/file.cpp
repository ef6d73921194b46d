#include "db/format/file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace funcorr {

std::vector<std::byte> read_file_bytes(const std::filesystem::path& file, std::int64_t max_bytes) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    throw std::runtime_error("cannot read " + file.string() + ": no such file");
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  if (error) throw std::runtime_error("cannot read " + file.string() + ": " + error.message());
  if (size > static_cast<std::uintmax_t>(max_bytes))
    throw std::runtime_error("cannot read " + file.string() + ": " + std::to_string(size) +
                             " bytes, at most " + std::to_string(max_bytes) + " are allowed");
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  std::ifstream in(file, std::ios::binary);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!in || in.gcount() != static_cast<std::streamsize>(bytes.size()))
    throw std::runtime_error("cannot read " + file.string() + ": " + std::strerror(errno));
  return bytes;
}

std::string read_text_file(const std::filesystem::path& file, std::int64_t max_bytes) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::string text, block(1 << 16, '\0');
  while (in) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    text.append(block, 0, static_cast<std::size_t>(in.gcount()));
    if (static_cast<std::int64_t>(text.size()) > max_bytes)
      throw std::runtime_error("cannot read " + file.string() + ": more than " + std::to_string(max_bytes) +
                               " bytes, which are allowed");
  }
  if (!in.eof()) throw std::runtime_error("cannot read " + file.string() + ": " + std::strerror(errno));
  return text;
}

void write_file_bytes(const std::filesystem::path& file, std::span<const std::byte> bytes) {
  errno = 0;
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) throw std::runtime_error("cannot write " + file.string() + ": " + std::strerror(errno));
}

}  // namespace funcorr
