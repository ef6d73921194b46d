#include "db/format/file.h"

#include <string>

#include "db/format/mapped_file.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using Catch::Matchers::ContainsSubstring;
using tests::TemporaryFolder;

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST_CASE("a file's bytes are read whole, or an error names it") {
  const TemporaryFolder folder;
  const std::string content("a\0b\n\xff", 5);
  CHECK(text_of(read_file_bytes(folder.write("a", content))) == content);
  CHECK(text_of(MappedFile(folder / "a").bytes()) == content);
  CHECK(read_file_bytes(folder.write("empty", "")).empty());
  CHECK(read_file_bytes(folder / "a", 5).size() == 5);
  CHECK_THROWS_WITH(read_file_bytes(folder / "a", 4), ContainsSubstring("/a: 5 bytes, at most 4"));
  CHECK_THROWS_WITH(read_file_bytes(folder / "none"), ContainsSubstring("/none"));
  CHECK_THROWS_WITH(read_file_bytes(folder.path()), ContainsSubstring(folder.path().string()));
}

TEST_CASE("a file is written over whole, or an error names it and the reason") {
  const TemporaryFolder folder;
  const std::string content = "shorter";
  folder.write("a", "what was there before");
  write_file_bytes(folder / "a", std::as_bytes(std::span(content)));
  CHECK(tests::read_text(folder / "a") == content);
  CHECK_THROWS_WITH(write_file_bytes(folder / "no/such", {}),
                    ContainsSubstring("no/such") && ContainsSubstring("No such file"));
}

TEST_CASE("a mapping outlives the file and the object that made it; what cannot be mapped is told") {
  const TemporaryFolder folder;
  folder.write("a", "mapped");
  const MappedFile kept = [&] {
    const MappedFile made(folder / "a");
    return made;
  }();
  std::filesystem::remove(folder / "a");
  CHECK(text_of(kept.bytes()) == "mapped");
  CHECK_THROWS_WITH(MappedFile(folder / "a"), ContainsSubstring("/a: No such file"));
  CHECK_THROWS_WITH(MappedFile(folder.path()), ContainsSubstring("is not a regular file"));
  CHECK(MappedFile(folder.write("empty", "")).bytes().empty());
}

TEST_CASE("a stream is closed with its owner") {
  const TemporaryFolder folder;
  {
    const OwnedFile stream(std::fopen((folder / "a").c_str(), "wb"));
    REQUIRE(stream);
    std::fputs("text", stream.get());
  }
  CHECK(tests::read_text(folder / "a") == "text");
  CHECK_FALSE(OwnedFile(std::fopen((folder / "no/such").c_str(), "rb")));
}

}  // namespace
}  // namespace funcorr
