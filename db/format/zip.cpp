#include "db/format/zip.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <zlib.h>

namespace funcorr {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint32_t kLocalHeader = 0x04034b50, kCentralHeader = 0x02014b50, kEndOfCentral = 0x06054b50,
                        kEndOfCentral64 = 0x06064b50, kLocator64 = 0x07064b50;
constexpr std::size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kLocator64Bytes = 20,
                      kEnd64Bytes = 56;
constexpr std::size_t kLongestComment = 0xffff;  // of the archive, behind its end record
constexpr std::uint32_t kSeeZip64 = 0xffffffff;
constexpr std::uint16_t kZip64Field = 1, kEncrypted = 1;
constexpr std::uint64_t kMaxDeflateRatio = 1032;  // zlib's manual: no deflate stream expands further
constexpr std::uint16_t kStored = 0, kDeflated = 8;
constexpr std::uint16_t kDosDate1980 = (1 << 5) | 1;  // 1 January 1980

void append_le(std::vector<std::byte>& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::byte>((value >> (8 * i)) & 0xff));
}

void append(std::vector<std::byte>& out, std::span<const std::byte> data) {
  out.insert(out.end(), data.begin(), data.end());
}

std::uint32_t crc_of(std::span<const std::byte> data) {
  return static_cast<std::uint32_t>(
      crc32_z(crc32_z(0, nullptr, 0), reinterpret_cast<const Bytef*>(data.data()), data.size()));
}

// Raw deflate (no zlib header), as ZIP wants it.
class RawStream {
 public:
  explicit RawStream(bool deflating) : deflating_(deflating) {
    const int status = deflating ? deflateInit2(&stream_, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY)
                                 : inflateInit2(&stream_, -MAX_WBITS);
    if (status != Z_OK) throw std::runtime_error("zlib cannot be initialised");
  }
  ~RawStream() { deflating_ ? deflateEnd(&stream_) : inflateEnd(&stream_); }
  RawStream(const RawStream&) = delete;
  RawStream& operator=(const RawStream&) = delete;

  // Runs the whole of `in` into `out`; true when the stream ended there. `written`: bytes of `out` used.
  bool run(std::span<const std::byte> in, std::span<std::byte> out, std::size_t& written) {
    constexpr std::size_t kChunk = std::numeric_limits<uInt>::max() / 2;
    std::size_t in_at = 0;
    written = 0;
    for (;;) {
      const std::size_t in_now = std::min(kChunk, in.size() - in_at);
      const std::size_t out_now = std::min(kChunk, out.size() - written);
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data() + in_at));
      stream_.avail_in = static_cast<uInt>(in_now);
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + written);
      stream_.avail_out = static_cast<uInt>(out_now);
      const bool last = in_at + in_now == in.size();
      const int status =
          deflating_ ? deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH) : inflate(&stream_, Z_NO_FLUSH);
      const std::size_t consumed = in_now - stream_.avail_in, produced = out_now - stream_.avail_out;
      in_at += consumed;
      written += produced;
      if (status == Z_STREAM_END) return true;
      if (status != Z_OK || (consumed == 0 && produced == 0)) return false;
    }
  }
  std::size_t bound(std::size_t bytes) {
    return static_cast<std::size_t>(deflateBound(&stream_, static_cast<uLong>(bytes)));
  }

 private:
  z_stream stream_{};
  bool deflating_;
};

[[noreturn]] void fail(const std::string& archive, const std::string& what) {
  throw std::runtime_error(archive + ": " + what);
}

// Finds the members by the directory at the archive's end.
class DirectoryReader {
 public:
  DirectoryReader(std::span<const std::byte> archive, const std::string& name)
      : archive_(archive), name_(name) {}

  std::map<std::string, ZipMember> members() const {
    const Directory directory = find_directory();
    std::map<std::string, ZipMember> members;
    std::uint64_t at = directory.begin;
    for (std::uint64_t i = 0; i < directory.entries; ++i) {
      ZipMember member = read_entry(at, directory.end);
      const std::string member_name = member.name;
      if (!members.emplace(member_name, std::move(member)).second)
        fail(name_, "two members are named '" + member_name + "'");
    }
    check_apart(members);
    return members;
  }

 private:
  // Members that share bytes may unpack to the square of the archive's size (D. Fifield, "A better zip bomb",
  // 2019).
  void check_apart(const std::map<std::string, ZipMember>& members) const {
    std::vector<const ZipMember*> in_order;
    for (const auto& [member_name, member] : members)
      if (!member.packed.empty()) in_order.push_back(&member);
    std::ranges::sort(in_order, {}, [](const ZipMember* member) { return member->packed.data(); });
    for (std::size_t i = 1; i < in_order.size(); ++i) {
      const ZipMember &before = *in_order[i - 1], &member = *in_order[i];
      if (before.packed.data() + before.packed.size() > member.packed.data())
        fail(name_, "members '" + before.name + "' and '" + member.name + "' share bytes");
    }
  }

  struct Directory {
    std::uint64_t begin = 0, end = 0, entries = 0;
  };

  std::span<const std::byte> part(std::uint64_t offset, std::uint64_t bytes) const {
    if (offset > archive_.size() || bytes > archive_.size() - offset)
      fail(name_, "the archive is damaged or cut short");
    return archive_.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(bytes));
  }
  template <typename T>
  T number(std::uint64_t offset) const {
    T value{};
    std::memcpy(&value, part(offset, sizeof(T)).data(), sizeof(T));
    return value;
  }

  Directory find_directory() const {
    const std::size_t last = archive_.size() < kEndBytes ? 0 : archive_.size() - kEndBytes;
    const std::size_t first = last - std::min(kLongestComment, last);
    for (std::size_t at = last + 1; archive_.size() >= kEndBytes && at-- > first;) {
      if (number<std::uint32_t>(at) != kEndOfCentral) continue;
      const bool is_64 = at >= kLocator64Bytes && number<std::uint32_t>(at - kLocator64Bytes) == kLocator64;
      if (!is_64) return {number<std::uint32_t>(at + 16), at, number<std::uint16_t>(at + 10)};
      const auto end_64 = number<std::uint64_t>(at - kLocator64Bytes + 8);
      part(end_64, kEnd64Bytes);
      if (number<std::uint32_t>(end_64) != kEndOfCentral64)
        fail(name_, "the archive's ZIP64 directory is damaged");
      return {number<std::uint64_t>(end_64 + 48), end_64, number<std::uint64_t>(end_64 + 32)};
    }
    fail(name_, "no ZIP archive, or cut short: it has no directory at its end");
  }

  // Fields that do not fit 32 bits stand in the extra field, in a fixed order.
  void read_zip64(std::span<const std::byte> extra, std::uint64_t& size, std::uint64_t& packed,
                  std::uint64_t& offset) const {
    while (extra.size() >= 4) {
      std::uint16_t id = 0, length = 0;
      std::memcpy(&id, extra.data(), 2);
      std::memcpy(&length, extra.data() + 2, 2);
      if (length > extra.size() - 4) fail(name_, "an extra field of the archive is damaged");
      std::span<const std::byte> field = extra.subspan(4, length);
      extra = extra.subspan(4U + length);
      if (id != kZip64Field) continue;
      for (std::uint64_t* value : {&size, &packed, &offset}) {
        if (*value != kSeeZip64) continue;
        if (field.size() < 8) fail(name_, "a ZIP64 field of the archive is damaged");
        std::memcpy(value, field.data(), 8);
        field = field.subspan(8);
      }
    }
  }

  // The entry at `at`, which moves to the next.
  ZipMember read_entry(std::uint64_t& at, std::uint64_t end) const {
    part(at, kCentralBytes);
    const auto name_bytes = number<std::uint16_t>(at + 28), extra_bytes = number<std::uint16_t>(at + 30),
               comment_bytes = number<std::uint16_t>(at + 32);
    const std::uint64_t next = at + kCentralBytes + name_bytes + extra_bytes + comment_bytes;
    if (number<std::uint32_t>(at) != kCentralHeader || next > end)
      fail(name_, "the archive's directory is damaged");
    const auto name = part(at + kCentralBytes, name_bytes);
    ZipMember member;
    member.name.assign(reinterpret_cast<const char*>(name.data()), name.size());
    member.is_encrypted = (number<std::uint16_t>(at + 8) & kEncrypted) != 0;
    member.method = number<std::uint16_t>(at + 10);
    member.crc = number<std::uint32_t>(at + 16);
    member.size = number<std::uint32_t>(at + 24);
    std::uint64_t packed = number<std::uint32_t>(at + 20), offset = number<std::uint32_t>(at + 42);
    read_zip64(part(at + kCentralBytes + name_bytes, extra_bytes), member.size, packed, offset);
    member.packed = packed_bytes(member.name, offset, packed);
    at = next;
    return member;
  }

  std::span<const std::byte> packed_bytes(const std::string& member, std::uint64_t offset,
                                          std::uint64_t bytes) const {
    const std::uint64_t size = archive_.size();
    if (offset > size || size - offset < kLocalBytes || number<std::uint32_t>(offset) != kLocalHeader)
      fail(name_, "member '" + member + "' is damaged: it has no header where it should begin");
    const std::uint64_t begin =
        offset + kLocalBytes + number<std::uint16_t>(offset + 26) + number<std::uint16_t>(offset + 28);
    if (begin > size || bytes > size - begin)
      fail(name_, "member '" + member + "' reaches beyond the end of the file");
    return part(begin, bytes);
  }

  std::span<const std::byte> archive_;
  const std::string& name_;
};

std::vector<std::byte> deflated(std::span<const std::byte> data) {
  RawStream stream(true);
  std::vector<std::byte> out(stream.bound(data.size()));
  std::size_t written = 0;
  if (!stream.run(data, out, written)) throw std::runtime_error("zlib could not deflate an archive member");
  out.resize(written);
  return out;
}

// What stands in a member's header before it and in the directory.
void append_common(std::vector<std::byte>& out, const ZipMember& member) {
  append_le(out, 20, 2);  // version needed
  append_le(out, 0, 2);   // flags
  append_le(out, member.method, 2);
  append_le(out, 0, 2);  // midnight
  append_le(out, kDosDate1980, 2);
  append_le(out, member.crc, 4);
  append_le(out, member.packed.size(), 4);
  append_le(out, member.size, 4);
  append_le(out, member.name.size(), 2);
}

}  // namespace

ZipArchive::ZipArchive(std::span<const std::byte> bytes, std::string name)
    : name_(std::move(name)), members_(DirectoryReader(bytes, name_).members()) {}

std::span<const std::byte> ZipArchive::read(const ZipMember& member, std::vector<std::byte>& buffer) const {
  const std::string what = "member '" + member.name + "' ";
  if (member.is_encrypted) fail(name_, what + "is encrypted");
  if (member.method == kStored && member.packed.size() != member.size)
    fail(name_, what + "has two different sizes");
  if (member.size > (member.packed.size() + 1) * kMaxDeflateRatio)
    fail(name_, fmt::format("{}claims {} bytes from {}", what, member.size, member.packed.size()));
  std::span<const std::byte> content = member.packed;
  if (member.method == kDeflated) {
    buffer.resize(static_cast<std::size_t>(member.size));
    std::byte spare{};  // inflate wants somewhere to write, even for an empty member
    std::size_t written = 0;
    RawStream stream(false);
    const bool ended =
        stream.run(member.packed, buffer.empty() ? std::span(&spare, 1) : std::span(buffer), written);
    if (!ended || written != buffer.size()) fail(name_, what + "has a broken deflate stream");
    content = buffer;
  } else if (member.method != kStored) {
    fail(name_, fmt::format("{}uses compression method {}; 0 or 8 is supported", what, member.method));
  }
  if (crc_of(content) != member.crc) fail(name_, what + "fails its CRC check");
  return content;
}

std::map<std::string, std::span<const std::byte>> ZipArchive::stored_members() const {
  std::map<std::string, std::span<const std::byte>> stored;
  for (const auto& [name, member] : members_)
    if (member.method == kStored && !member.is_encrypted && member.packed.size() == member.size)
      stored.emplace(name, member.packed);
  return stored;
}

std::vector<std::byte> write_zip(const std::map<std::string, std::vector<std::byte>>& members,
                                 bool compress) {
  std::vector<std::byte> out, directory;
  for (const auto& [name, content] : members) {
    const std::vector<std::byte> packed = compress ? deflated(content) : std::vector<std::byte>{};
    const bool smaller = compress && packed.size() < content.size();
    const ZipMember member{name, smaller ? packed : content, content.size(), crc_of(content),
                           smaller ? kDeflated : kStored};
    const std::size_t offset = out.size();
    if (content.size() >= kSeeZip64 || offset + member.packed.size() >= kSeeZip64 || name.size() > 0xffff)
      throw std::runtime_error("archive member '" + name + "' is too large: ZIP ends at 4 GB");
    append_le(out, kLocalHeader, 4);
    append_common(out, member);
    append_le(out, 0, 2);  // extra
    append(out, std::as_bytes(std::span(name)));
    append(out, member.packed);
    append_le(directory, kCentralHeader, 4);
    append_le(directory, 20, 2);  // version made by
    append_common(directory, member);
    append_le(directory, 0, 8);  // extra, comment, disk, internal attributes
    append_le(directory, 0, 4);  // external attributes
    append_le(directory, offset, 4);
    append(directory, std::as_bytes(std::span(name)));
  }
  const std::size_t offset = out.size();
  append(out, directory);
  append_le(out, kEndOfCentral, 4);
  append_le(out, 0, 4);  // disks
  append_le(out, members.size(), 2);
  append_le(out, members.size(), 2);
  append_le(out, directory.size(), 4);
  append_le(out, offset, 4);
  append_le(out, 0, 2);  // comment
  return out;
}

}  // namespace funcorr
