#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace funcorr {

struct ZipMember {
  std::string name;
  std::span<const std::byte> packed;  // of the archive itself
  std::uint64_t size = 0;             // unpacked, as the archive's directory claims
  std::uint32_t crc = 0;
  std::uint16_t method = 0;  // 0 stored, 8 deflated
  bool is_encrypted = false;
};

// ZIP archives as NumPy (.npz) and PyTorch write them, ZIP64 where they are large; no split archives. Every
// offset and size is checked against the archive before it is used. What is wrong is a std::runtime_error
// "<name>: …" that tells the member; `bytes` must outlive this.
class ZipArchive {
 public:
  // Throws also where two members have one name, or share bytes.
  ZipArchive(std::span<const std::byte> bytes, std::string name);

  const std::map<std::string, ZipMember>& members() const { return members_; }
  // A member's content, its CRC checked: of the archive itself where it is stored, of `buffer` where it is
  // deflated. One that claims to inflate beyond deflate's highest ratio is refused before allocation, as is
  // what is encrypted or packed by another method.
  std::span<const std::byte> read(const ZipMember& member, std::vector<std::byte>& buffer) const;
  // Of all members that are stored, as spans of the archive itself, CRCs unchecked. Others are left out, as
  // the code in TorchScript archives.
  std::map<std::string, std::span<const std::byte>> stored_members() const;

 private:
  std::string name_;
  std::map<std::string, ZipMember> members_;
};

// Members in name order with a fixed date, so that equal content gives equal bytes. `compress`: zlib level 6.
// Throws std::runtime_error beyond 4 GB.
std::vector<std::byte> write_zip(const std::map<std::string, std::vector<std::byte>>& members, bool compress);

}  // namespace funcorr
