#include "db/format/zip.h"

#include <array>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include "db/format/random.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

using Catch::Matchers::ContainsSubstring;
using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::string_view text) {
  Bytes bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

template <typename T>
void put(Bytes& bytes, std::size_t at, T value) {
  if (bytes.size() < at + sizeof value) bytes.resize(at + sizeof value);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

std::size_t find(const Bytes& bytes, std::string_view signature) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return text.rfind(signature);
}
std::size_t directory_of(const Bytes& archive) { return find(archive, "PK\x01\x02"); }  // its last entry
std::size_t end_of(const Bytes& archive) { return find(archive, "PK\x05\x06"); }

std::map<std::string, Bytes> read_all(const Bytes& bytes) {
  const ZipArchive archive(bytes, "a.zip");
  std::map<std::string, Bytes> contents;
  Bytes buffer;
  for (const auto& [name, member] : archive.members()) {
    const auto content = archive.read(member, buffer);
    contents[name] = {content.begin(), content.end()};
  }
  return contents;
}

// The same archive with its directory told in ZIP64's records, and its last entry's numbers in an extra
// field.
Bytes as_zip64(Bytes archive) {
  const std::size_t entry = directory_of(archive), end = end_of(archive);
  std::uint32_t packed = 0, size = 0, offset = 0, begin = 0;
  std::memcpy(&packed, archive.data() + entry + 20, 4);
  std::memcpy(&size, archive.data() + entry + 24, 4);
  std::memcpy(&offset, archive.data() + entry + 42, 4);
  std::memcpy(&begin, archive.data() + end + 16, 4);
  std::uint16_t entries = 0;
  std::memcpy(&entries, archive.data() + end + 10, 2);
  archive.resize(end);
  for (const std::size_t field : {20U, 24U, 42U}) put(archive, entry + field, std::uint32_t{0xffffffff});
  put(archive, entry + 30, std::uint16_t{28});
  put(archive, end, std::uint16_t{1});
  put(archive, end + 2, std::uint16_t{24});
  put(archive, end + 4, std::uint64_t{size});
  put(archive, end + 12, std::uint64_t{packed});
  put(archive, end + 20, std::uint64_t{offset});
  const std::size_t end_64 = archive.size();
  put(archive, end_64, std::uint32_t{0x06064b50});
  put(archive, end_64 + 4, std::uint64_t{44});
  put(archive, end_64 + 32, std::uint64_t{entries});
  put(archive, end_64 + 48, std::uint64_t{begin});
  const std::size_t locator = archive.size();
  put(archive, locator, std::uint32_t{0x07064b50});
  put(archive, locator + 8, std::uint64_t{end_64});
  put(archive, locator + 16, std::uint32_t{1});
  put(archive, locator + 20, std::uint32_t{0x06054b50});
  put(archive, locator + 28, std::uint16_t{0xffff});
  put(archive, locator + 30, std::uint16_t{0xffff});
  put(archive, locator + 32, std::uint32_t{0xffffffff});
  put(archive, locator + 36, std::uint32_t{0xffffffff});
  put(archive, locator + 40, std::uint16_t{0});
  return archive;
}

const std::map<std::string, Bytes> kMembers{{"a.npy", bytes_of(std::string(5000, 'x'))},
                                            {"empty", {}},
                                            {"folder/noise", bytes_of("\x01\xff\x80 no pattern")}};

TEST_CASE("archives are read as they were written, packed or not, in ZIP64 too") {
  for (const bool compress : {false, true}) {
    const Bytes archive = write_zip(kMembers, compress);
    CHECK(archive == write_zip(kMembers, compress));
    CHECK((archive.size() < 1000) == compress);
    CHECK(read_all(archive) == kMembers);
    CHECK(read_all(as_zip64(archive)) == kMembers);
    Bytes with_comment = archive;
    put(with_comment, archive.size() - 2, std::uint16_t{300});
    with_comment.resize(archive.size() + 300, std::byte{'P'});
    CHECK(read_all(with_comment) == kMembers);
  }
  CHECK(read_all(write_zip({}, true)).empty());
}

TEST_CASE("stored members are spans of the archive, deflated ones are left out") {
  const Bytes archive = write_zip(kMembers, false), packed = write_zip(kMembers, true);
  const auto stored = ZipArchive(archive, "a").stored_members();
  REQUIRE(stored.size() == 3);
  CHECK(stored.at("a.npy").data() > archive.data());
  CHECK(stored.at("a.npy").data() + 5000 < archive.data() + archive.size());
  CHECK_FALSE(ZipArchive(packed, "a").stored_members().contains("a.npy"));
  CHECK(ZipArchive(packed, "a").stored_members().contains("folder/noise"));  // packing made it no smaller
}

TEST_CASE("members that share bytes, of which a small archive can unpack to a huge one, are refused") {
  Bytes archive = write_zip({{"first", bytes_of("11")}, {"second", bytes_of("11")}}, false);
  REQUIRE(read_all(archive).size() == 2);
  put(archive, directory_of(archive) + 42, std::uint32_t{0});  // the second begins where the first does
  CHECK_THROWS_WITH(read_all(archive),
                    ContainsSubstring("a.zip: members 'first' and 'second' share bytes") ||
                        ContainsSubstring("a.zip: members 'second' and 'first' share bytes"));
}

TEST_CASE("what is wrong with an archive is told, with its name and the member's") {
  const std::map<std::string, Bytes> one{{"member", bytes_of(std::string(300, 'm'))}};
  const auto broken = [&](auto damage, bool compress = false) {
    Bytes archive = write_zip(one, compress);
    damage(archive);
    return [archive] { read_all(archive); };
  };
  const auto entry_field = [](std::size_t field, auto value) {
    return [=](Bytes& archive) { put(archive, directory_of(archive) + field, value); };
  };
  const auto check_told = [](const auto& reading, const char* what) {
    CHECK_THROWS_WITH(
        reading(), ContainsSubstring("a.zip: ") && ContainsSubstring("'member'") && ContainsSubstring(what));
  };
  check_told(broken(entry_field(8, std::uint16_t{1})), "encrypted");
  check_told(broken(entry_field(10, std::uint16_t{12})), "method 12");
  check_told(broken(entry_field(24, std::uint32_t{299})), "two different sizes");
  check_told(broken(entry_field(24, std::uint32_t{299}), true), "broken deflate stream");
  check_told(broken(entry_field(24, std::uint32_t{0xeeeeeeee}), true), "claims");
  check_told(broken(entry_field(16, std::uint32_t{0})), "CRC");
  check_told(broken(entry_field(20, std::uint32_t{100'000})), "beyond the end");
  check_told(broken(entry_field(42, std::uint32_t{5})), "damaged");
  CHECK_THROWS_WITH(broken([](Bytes& archive) { archive.clear(); })(),
                    ContainsSubstring("a.zip: no ZIP archive"));
  CHECK_THROWS_WITH(broken([](Bytes& archive) { put(archive, end_of(archive) + 10, std::uint16_t{2}); })(),
                    ContainsSubstring("a.zip: the archive is damaged"));
  Bytes twins = write_zip({{"member", bytes_of("1")}, {"membes", bytes_of("2")}}, false);
  put(twins, find(twins, "membes"), std::array{'m', 'e', 'm', 'b', 'e', 'r'});
  CHECK_THROWS_WITH(read_all(twins), ContainsSubstring("two members are named 'member'"));
}

TEST_CASE("no damage to an archive does worse than throw") {
  const Bytes archive = write_zip(kMembers, true), large = as_zip64(archive);
  for (const Bytes& good : {archive, large}) {
    for (std::size_t length = 0; length < good.size(); ++length)
      CHECK_THROWS_AS(read_all(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length))),
                      std::runtime_error);
    Random random(5);
    for (int round = 0; round < 3000; ++round) {
      Bytes bad = good;
      for (int i = 0; i < 3; ++i) bad[random.below(bad.size())] = static_cast<std::byte>(random.below(256));
      try {
        read_all(bad);
      } catch (const std::runtime_error&) {
      }
    }
  }
}

}  // namespace
}  // namespace funcorr
