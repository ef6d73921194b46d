#include "db/format/zip.h"

#include <cstdint>
#include <limits>
#include <stdexcept>

#include <zlib.h>

namespace funcorr {
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034b50, kCentralHeader = 0x02014b50, kEndOfCentral = 0x06054b50;
constexpr std::size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22;
constexpr std::uint64_t kMaxDeflateRatio = 1032;  // zlib's manual: no deflate stream expands further
constexpr std::uint16_t kStored = 0, kDeflated = 8;
constexpr std::uint16_t kDosDate1980 = (1 << 5) | 1;  // 1 January 1980

std::uint64_t read_le(std::span<const std::byte> data, std::size_t offset, int bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i)
    value |= static_cast<std::uint64_t>(data[offset + static_cast<std::size_t>(i)]) << (8 * i);
  return value;
}

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

struct Entry {
  std::string name;
  std::uint16_t method = 0, flags = 0;
  std::uint32_t crc = 0;
  std::uint64_t packed = 0, unpacked = 0, local_offset = 0;
};

[[noreturn]] void fail(const std::string& file, const std::string& what) {
  throw std::runtime_error(file + ": " + what);
}

std::size_t find_end_record(std::span<const std::byte> data, const std::string& file) {
  if (data.size() >= kEndBytes) {
    const std::size_t last = data.size() - kEndBytes;
    const std::size_t first =
        last > 0xffff ? last - 0xffff : 0;  // an archive comment is at most 65,535 bytes
    for (std::size_t at = last + 1; at-- > first;)
      if (read_le(data, at, 4) == kEndOfCentral) return at;
  }
  fail(file, "not a ZIP archive, or cut short: no end-of-directory record");
}

std::vector<Entry> read_directory(std::span<const std::byte> data, const std::string& file) {
  const std::size_t end = find_end_record(data, file);
  const std::uint64_t count = read_le(data, end + 10, 2), offset = read_le(data, end + 16, 4);
  if (count == 0xffff || offset == 0xffffffff) fail(file, "ZIP64 directories are not supported");
  std::vector<Entry> entries;
  std::uint64_t at = offset;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (at + kCentralBytes > end) fail(file, "ZIP directory reaches beyond its end");
    const auto p = static_cast<std::size_t>(at);
    if (read_le(data, p, 4) != kCentralHeader) fail(file, "ZIP directory entry has a wrong signature");
    const auto name_bytes = static_cast<std::size_t>(read_le(data, p + 28, 2));
    const std::uint64_t next =
        at + kCentralBytes + name_bytes + read_le(data, p + 30, 2) + read_le(data, p + 32, 2);
    if (next > end) fail(file, "ZIP directory reaches beyond its end");
    Entry entry;
    entry.name.assign(reinterpret_cast<const char*>(data.data()) + p + kCentralBytes, name_bytes);
    entry.flags = static_cast<std::uint16_t>(read_le(data, p + 8, 2));
    entry.method = static_cast<std::uint16_t>(read_le(data, p + 10, 2));
    entry.crc = static_cast<std::uint32_t>(read_le(data, p + 16, 4));
    entry.packed = read_le(data, p + 20, 4);
    entry.unpacked = read_le(data, p + 24, 4);
    entry.local_offset = read_le(data, p + 42, 4);
    entries.push_back(std::move(entry));
    at = next;
  }
  return entries;
}

std::vector<std::byte> unpack(std::span<const std::byte> data, const Entry& entry, const std::string& file) {
  const std::string what = "member '" + entry.name + "' ";
  if (entry.flags & 1) fail(file, what + "is encrypted");
  if (entry.local_offset + kLocalBytes > data.size()) fail(file, what + "begins beyond the end of the file");
  const auto local = static_cast<std::size_t>(entry.local_offset);
  if (read_le(data, local, 4) != kLocalHeader) fail(file, what + "has no local header");
  const std::uint64_t begin =
      entry.local_offset + kLocalBytes + read_le(data, local + 26, 2) + read_le(data, local + 28, 2);
  if (begin > data.size() || entry.packed > data.size() - begin)
    fail(file, what + "reaches beyond the end of the file");
  const auto packed = data.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(entry.packed));
  if (entry.method == kStored && entry.packed != entry.unpacked) fail(file, what + "has two different sizes");
  if (entry.unpacked > (entry.packed + 1) * kMaxDeflateRatio)
    fail(file,
         what + "claims " + std::to_string(entry.unpacked) + " bytes from " + std::to_string(entry.packed));
  std::vector<std::byte> out(static_cast<std::size_t>(entry.unpacked));
  if (entry.method == kStored) {
    std::copy(packed.begin(), packed.end(), out.begin());
  } else if (entry.method == kDeflated) {
    std::byte spare{};  // inflate wants somewhere to write, even for an empty member
    std::size_t written = 0;
    RawStream stream(false);
    const bool ended = stream.run(packed, out.empty() ? std::span(&spare, 1) : std::span(out), written);
    if (!ended || written != out.size()) fail(file, what + "has a broken deflate stream");
  } else {
    fail(file, what + "uses compression method " + std::to_string(entry.method) + "; 0 or 8 is supported");
  }
  if (crc_of(out) != entry.crc) fail(file, what + "fails its CRC check");
  return out;
}

std::vector<std::byte> deflated(std::span<const std::byte> data) {
  RawStream stream(true);
  std::vector<std::byte> out(stream.bound(data.size()));
  std::size_t written = 0;
  if (!stream.run(data, out, written)) throw std::runtime_error("zlib could not deflate an archive member");
  out.resize(written);
  return out;
}

void append_common(std::vector<std::byte>& out, const Entry& entry) {
  append_le(out, 20, 2);  // version needed
  append_le(out, entry.flags, 2);
  append_le(out, entry.method, 2);
  append_le(out, 0, 2);  // midnight
  append_le(out, kDosDate1980, 2);
  append_le(out, entry.crc, 4);
  append_le(out, entry.packed, 4);
  append_le(out, entry.unpacked, 4);
  append_le(out, entry.name.size(), 2);
}

}  // namespace

std::map<std::string, std::vector<std::byte>> read_zip(std::span<const std::byte> archive,
                                                       const std::string& name) {
  std::map<std::string, std::vector<std::byte>> members;
  for (const Entry& entry : read_directory(archive, name))
    if (!members.emplace(entry.name, unpack(archive, entry, name)).second)
      fail(name, "member '" + entry.name + "' occurs twice");
  return members;
}

std::vector<std::byte> write_zip(const std::map<std::string, std::vector<std::byte>>& members,
                                 bool compress) {
  std::vector<std::byte> out;
  std::vector<Entry> entries;
  for (const auto& [name, content] : members) {
    const std::vector<std::byte> packed = compress ? deflated(content) : std::vector<std::byte>{};
    const bool smaller = compress && packed.size() < content.size();
    const std::span<const std::byte> body = smaller ? packed : content;
    Entry entry{name,      smaller ? kDeflated : kStored, 0, crc_of(content), body.size(), content.size(),
                out.size()};
    if (content.size() >= 0xffffffff || out.size() + body.size() >= 0xffffffff || name.size() > 0xffff)
      throw std::runtime_error("archive member '" + name + "' is too large: ZIP ends at 4 GB");
    append_le(out, kLocalHeader, 4);
    append_common(out, entry);
    append_le(out, 0, 2);  // extra
    append(out, std::as_bytes(std::span(name)));
    append(out, body);
    entries.push_back(std::move(entry));
  }
  const std::size_t directory = out.size();
  for (const Entry& entry : entries) {
    append_le(out, kCentralHeader, 4);
    append_le(out, 20, 2);  // version made by
    append_common(out, entry);
    append_le(out, 0, 8);  // extra, comment, disk, internal attributes
    append_le(out, 0, 4);  // external attributes
    append_le(out, entry.local_offset, 4);
    append(out, std::as_bytes(std::span(entry.name)));
  }
  const std::size_t directory_bytes = out.size() - directory;
  append_le(out, kEndOfCentral, 4);
  append_le(out, 0, 4);  // disks
  append_le(out, entries.size(), 2);
  append_le(out, entries.size(), 2);
  append_le(out, directory_bytes, 4);
  append_le(out, directory, 4);
  append_le(out, 0, 2);  // comment
  return out;
}

}  // namespace funcorr
