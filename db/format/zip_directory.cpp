#include "db/format/zip_directory.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

namespace funcorr {
namespace {

constexpr std::uint32_t kEndSignature = 0x06054b50, kEnd64Signature = 0x06064b50,
                        kLocator64Signature = 0x07064b50;
constexpr std::uint32_t kEntrySignature = 0x02014b50, kLocalSignature = 0x04034b50;
constexpr std::size_t kEndBytes = 22, kLocator64Bytes = 20, kEnd64Bytes = 56, kEntryBytes = 46,
                      kLocalBytes = 30;
constexpr std::size_t kLongestComment = 0xffff;
constexpr std::uint32_t kSeeZip64 = 0xffffffff;
constexpr std::uint16_t kZip64Field = 1, kEncrypted = 1;

class ZipReader {
 public:
  ZipReader(std::span<const std::byte> archive, const std::string& name) : archive_(archive), name_(name) {}

  std::map<std::string, std::span<const std::byte>> members() const {
    const Directory directory = find_directory();
    std::map<std::string, std::span<const std::byte>> result;
    std::size_t position = checked(directory.offset);
    for (std::uint64_t i = 0; i < directory.entries; ++i) {
      const Entry entry = read_entry(position);
      position = entry.next;
      if (!entry.is_stored) continue;
      if (!result.emplace(entry.name, entry.data).second)
        fail("two members are named \"" + entry.name + "\"");
    }
    return result;
  }

 private:
  struct Directory {
    std::uint64_t offset = 0, entries = 0;
  };
  struct Entry {
    std::string name;
    std::span<const std::byte> data;
    std::size_t next = 0;
    bool is_stored = false;
  };

  [[noreturn]] void fail(const std::string& what) const { throw std::runtime_error(name_ + ": " + what); }

  std::size_t checked(std::uint64_t offset) const {
    if (offset > archive_.size()) fail("the archive is damaged or cut short");
    return static_cast<std::size_t>(offset);
  }
  std::span<const std::byte> part(std::uint64_t offset, std::uint64_t length) const {
    if (offset > archive_.size() || length > archive_.size() - offset)
      fail("the archive is damaged or cut short");
    return archive_.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
  }
  template <typename T>
  T number(std::uint64_t offset) const {
    T value{};
    std::memcpy(&value, part(offset, sizeof(T)).data(), sizeof(T));
    return value;
  }

  Directory find_directory() const {
    if (archive_.size() < kEndBytes) fail("is too short for an archive");
    const std::size_t lowest =
        archive_.size() - kEndBytes - std::min(kLongestComment, archive_.size() - kEndBytes);
    for (std::size_t at = archive_.size() - kEndBytes + 1; at-- > lowest;) {
      if (number<std::uint32_t>(at) != kEndSignature) continue;
      const bool is_64 =
          at >= kLocator64Bytes && number<std::uint32_t>(at - kLocator64Bytes) == kLocator64Signature;
      if (!is_64) return {number<std::uint32_t>(at + 16), number<std::uint16_t>(at + 10)};
      const auto end_64 = number<std::uint64_t>(at - kLocator64Bytes + 8);
      if (number<std::uint32_t>(end_64) != kEnd64Signature) fail("the archive's ZIP64 directory is damaged");
      part(end_64, kEnd64Bytes);
      return {number<std::uint64_t>(end_64 + 48), number<std::uint64_t>(end_64 + 32)};
    }
    fail("the archive has no directory: it is damaged or cut short");
  }

  // Fields that do not fit 32 bits stand in the extra field, in a fixed order.
  void read_zip64(std::span<const std::byte> extra, std::uint64_t& unpacked, std::uint64_t& packed,
                  std::uint64_t& offset) const {
    while (extra.size() >= 4) {
      std::uint16_t id = 0, length = 0;
      std::memcpy(&id, extra.data(), 2);
      std::memcpy(&length, extra.data() + 2, 2);
      if (length > extra.size() - 4) fail("an extra field of the archive is damaged");
      std::span<const std::byte> field = extra.subspan(4, length);
      extra = extra.subspan(4U + length);
      if (id != kZip64Field) continue;
      for (std::uint64_t* value : {&unpacked, &packed, &offset}) {
        if (*value != kSeeZip64) continue;
        if (field.size() < 8) fail("a ZIP64 field of the archive is damaged");
        std::memcpy(value, field.data(), 8);
        field = field.subspan(8);
      }
    }
  }

  Entry read_entry(std::size_t at) const {
    part(at, kEntryBytes);
    if (number<std::uint32_t>(at) != kEntrySignature) fail("the archive's directory is damaged");
    const auto name_length = number<std::uint16_t>(at + 28), extra_length = number<std::uint16_t>(at + 30),
               comment_length = number<std::uint16_t>(at + 32);
    std::uint64_t packed = number<std::uint32_t>(at + 20), unpacked = number<std::uint32_t>(at + 24),
                  offset = number<std::uint32_t>(at + 42);
    const auto name = part(at + kEntryBytes, name_length);
    Entry entry{std::string(reinterpret_cast<const char*>(name.data()), name.size()), {}, 0, false};
    read_zip64(part(at + kEntryBytes + name_length, extra_length), unpacked, packed, offset);
    entry.next = at + kEntryBytes + name_length + extra_length + comment_length;
    entry.is_stored = (number<std::uint16_t>(at + 8) & kEncrypted) == 0 &&
                      number<std::uint16_t>(at + 10) == 0 && packed == unpacked;
    if (!entry.is_stored) return entry;
    part(offset, kLocalBytes);
    if (number<std::uint32_t>(offset) != kLocalSignature) fail("member \"" + entry.name + "\" is damaged");
    const std::uint64_t data =
        offset + kLocalBytes + number<std::uint16_t>(offset + 26) + number<std::uint16_t>(offset + 28);
    entry.data = part(data, packed);
    return entry;
  }

  std::span<const std::byte> archive_;
  const std::string& name_;
};

}  // namespace

std::map<std::string, std::span<const std::byte>> list_stored_members(std::span<const std::byte> archive,
                                                                      const std::string& name) {
  return ZipReader(archive, name).members();
}

}  // namespace funcorr
