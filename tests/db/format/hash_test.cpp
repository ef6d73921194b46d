#include "db/format/hash.h"

#include <cstring>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "db/format/artifact.h"
#include "db/format/error.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using tests::TemporaryFolder;

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
std::string base64_of(std::string_view text) { return base64(std::as_bytes(std::span(text))); }

TEST_CASE("SHA-256 equals its published examples") {  // FIPS 180-4, appendix B
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc", 12) == "ba7816bf8f01");
  const TemporaryFolder folder;
  const std::string long_text(3'000'001, 'a');
  write_artifact(folder / "f", long_text);
  CHECK(sha256_file(folder / "f") == sha256_hex(long_text));
  CHECK_THROWS_AS(sha256_file(folder / "none"), EnvironmentError);
  CHECK_THROWS_AS(sha256_file(folder.path()), EnvironmentError);
}

TEST_CASE("xxHash and FNV-1a equal their published values") {
  CHECK(fast_hash("") == 0x2d06800538d394c2ULL);  // XXH3's specification: no bytes, no seed
  CHECK(fast_hash("abc") == fast_hash(std::as_bytes(std::span("abc", 3))));
  std::set<std::uint64_t> values;
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    values.insert(fast_hash(text));
    text += static_cast<char>(i);
  }
  CHECK(values.size() == 1000);
  CHECK(fnv1a("") == 0xcbf29ce484222325ULL);
  CHECK(fnv1a("a") == 0xaf63dc4c8601ec8cULL);
  CHECK(fnv1a("foobar") == 0x85944171f73967e8ULL);
  CHECK(fnv1a("bar", fnv1a("foo")) == fnv1a("foobar"));
}

TEST_CASE("base64 equals the examples of RFC 4648, there and back") {
  const std::vector<std::pair<std::string, std::string>> examples{{"", ""},
                                                                  {"f", "Zg=="},
                                                                  {"fo", "Zm8="},
                                                                  {"foo", "Zm9v"},
                                                                  {"foob", "Zm9vYg=="},
                                                                  {"fooba", "Zm9vYmE="},
                                                                  {"foobar", "Zm9vYmFy"},
                                                                  {"\xff\xef", "/+8="}};
  for (const auto& [plain, encoded] : examples) {
    CHECK(base64_of(plain) == encoded);
    CHECK(text_of(from_base64(encoded)) == plain);
    CHECK(text_of(from_loose_base64(encoded)) == plain);
    CHECK(text_of(from_loose_base64(encoded.substr(0, encoded.find('=')))) == plain);
  }
  std::vector<std::byte> bytes;
  for (int n = 0; n < 300; ++n) {
    CHECK(from_base64(base64(bytes)) == bytes);
    bytes.push_back(static_cast<std::byte>(n * 37));
  }
}

TEST_CASE("what is no padded base64 is refused, and a looser reader takes what others write") {
  for (const char* wrong : {"Zg", "Zg=", "Z", "T*E=", "Zg==Zg==", "Z===", "====", "=g==", " Zg=",
                            "Zg==\n\n\n\n", "    Zg==", "_-8=", "Zm9\xc3"})
    CHECK_THROWS_AS(from_base64(wrong), std::invalid_argument);
  CHECK(text_of(from_loose_base64("_-8")) == "\xff\xef");
  CHECK(text_of(from_loose_base64("Zg==and more")) == "f");
  CHECK(text_of(from_loose_base64("Zm9vY")) == "foo");  // six bits more are no byte
  for (const char* wrong : {"Zm 9v", "Zm9v*", "Zm9v\n", "*"})
    CHECK_THROWS_AS(from_loose_base64(wrong), std::invalid_argument);
}

}  // namespace
}  // namespace funcorr
