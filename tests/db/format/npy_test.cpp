#include "db/format/npy.h"

#include <cmath>
#include <limits>
#include <string>

#include "db/format/file.h"
#include "db/format/random.h"
#include "db/format/zip.h"
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using Catch::Matchers::ContainsSubstring;
using tests::TemporaryFolder;

std::string bytes_of(const std::filesystem::path& file) {
  const auto bytes = read_file_bytes(file);
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::string npy_text(const std::string& dict, const std::string& data) {
  std::string head("\x93NUMPY\x01\x00", 8);
  head += static_cast<char>(dict.size() & 0xff);
  head += static_cast<char>(dict.size() >> 8);
  return head + dict + data;
}

TEST_CASE("An array written as npy is read back, and its header is NumPy's", "[format]") {
  const TemporaryFolder folder;
  const NpyArray array = NpyArray::from(std::vector<float>{1, 2, 3, 4, 5, 6.5f}, {2, 3});
  save_npy(folder / "a.npy", array);
  const std::string text = bytes_of(folder / "a.npy");
  CHECK(text.substr(0, 8) == std::string("\x93NUMPY\x01\x00", 8));
  CHECK(text.find("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }") == 10);
  CHECK((text.size() - 6 * 4) % 64 == 0);
  const NpyArray back = load_npy(folder / "a.npy");
  CHECK(back.shape == array.shape);
  CHECK(back.as<float>() == std::vector<float>{1, 2, 3, 4, 5, 6.5f});
  CHECK_THROWS_WITH(back.as<double>(), ContainsSubstring("f4"));
}

TEST_CASE("Shapes of no, one and many dimensions survive", "[format]") {
  const TemporaryFolder folder;
  for (const std::vector<std::size_t>& shape :
       {std::vector<std::size_t>{}, {1}, {7}, {0, 3}, {2, 3, 4}, {1, 1, 1, 1}}) {
    std::size_t n = 1;
    for (const std::size_t extent : shape) n *= extent;
    std::vector<std::int64_t> values(n);
    for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<std::int64_t>(i) - 3;
    save_npy(folder / "a.npy", NpyArray::from(values, shape));
    const NpyArray back = load_npy(folder / "a.npy");
    CHECK(back.shape == shape);
    CHECK(back.as<std::int64_t>() == values);
  }
}

TEST_CASE("Fortran order and big-endian numbers are turned on reading", "[format]") {
  const TemporaryFolder folder;
  // [[1, 2, 3], [4, 5, 6]] column by column, big-endian int16.
  const std::string data("\0\1\0\4\0\2\0\5\0\3\0\6", 12);
  folder.write("a.npy", npy_text("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }", data));
  CHECK(load_npy(folder / "a.npy").as<std::int16_t>() == std::vector<std::int16_t>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("Every half float survives the way to double and back", "[format]") {
  for (int bits = 0; bits < 0x10000; ++bits) {
    const double value = double_from_half(static_cast<std::uint16_t>(bits));
    if (std::isnan(value)) continue;
    REQUIRE(half_from_float(static_cast<float>(value)) == bits);
  }
  CHECK(double_from_half(0x3c00) == 1.0);
  CHECK(double_from_half(0x3555) == 0.333251953125);
  CHECK(double_from_half(0x0001) == std::ldexp(1.0, -24));
  CHECK(half_from_float(65504.0f) == 0x7bff);
  CHECK(half_from_float(65520.0f) == 0x7c00);
  CHECK(half_from_float(1.00048828125f) == 0x3c00);  // halfway: to even
  CHECK(half_from_float(1.00146484375f) == 0x3c02);
}

TEST_CASE("An npz gives equal bytes for equal content, deflated or stored", "[format]") {
  const TemporaryFolder folder;
  Random random(7);
  std::vector<double> noise(5000);
  for (double& x : noise) x = random.normal();
  const std::map<std::string, NpyArray> arrays{
      {"noise", NpyArray::from(noise, {50, 100})},
      {"zeros", NpyArray::from(std::vector<std::int32_t>(9000), {9000})}};
  for (const bool compress : {false, true}) {
    save_npz(folder / "a.npz", arrays, compress);
    save_npz(folder / "b.npz", arrays, compress);
    CHECK(bytes_of(folder / "a.npz") == bytes_of(folder / "b.npz"));
    CHECK((std::filesystem::file_size(folder / "a.npz") < 45'000) == compress);
    const auto back = load_npz(folder / "a.npz");
    REQUIRE(back.size() == 2);
    CHECK(back.at("noise").as<double>() == noise);
    CHECK(back.at("zeros").shape == std::vector<std::size_t>{9000});
  }
}

TEST_CASE("Broken npy headers are errors that name the file", "[format]") {
  const TemporaryFolder folder;
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "NumPy"},
      {"\x93NUMPY", "NumPy"},
      {npy_text(good, "1234567"), "7"},
      {npy_text(good, "123456789"), "9"},
      {npy_text("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "12345678"), "dtype"},
      {npy_text("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }", ""),
       "address"},
      {npy_text("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999), }", ""), "extent"},
      {npy_text("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }", "1234"),
       "4000000000000"},
      {npy_text("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", ""), "shape"},
      {npy_text("{'descr': '<f4', 'shape': (2,), }", "12345678"), "fortran_order"}};
  for (const auto& [text, reason] : cases) {
    folder.write("bad.npy", text);
    CHECK_THROWS_WITH(load_npy(folder / "bad.npy"),
                      ContainsSubstring("bad.npy") && ContainsSubstring(reason));
  }
  CHECK_THROWS_WITH(load_npy(folder / "none.npy"), ContainsSubstring("none.npy"));
}

TEST_CASE("No cut, flipped byte or bomb in an npz does worse than throw", "[format]") {
  const TemporaryFolder folder;
  save_npz(folder / "a.npz", {{"x", NpyArray::from(std::vector<float>(300, 1.5f), {100, 3})}});
  const std::string good = bytes_of(folder / "a.npz");
  for (std::size_t length = 0; length < good.size(); ++length) {
    folder.write("cut.npz", std::string_view(good).substr(0, length));
    REQUIRE_THROWS_AS(load_npz(folder / "cut.npz"), std::runtime_error);
  }
  int errors = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    folder.write("flip.npz", bad);
    try {
      load_npz(folder / "flip.npz");
    } catch (const std::runtime_error&) {
      ++errors;
    }
  }
  CHECK(errors > static_cast<int>(good.size()) / 2);
  // A member that claims 4 GB from a handful of bytes is refused by deflate's highest ratio.
  std::string bomb = good;
  const std::size_t central = bomb.rfind("PK\x01\x02");
  for (std::size_t i = 0; i < 4; ++i) bomb[central + 24 + i] = static_cast<char>(0xee);
  folder.write("bomb.npz", bomb);
  CHECK_THROWS_WITH(load_npz(folder / "bomb.npz"), ContainsSubstring("claims"));
}

TEST_CASE("NumPy's own files are read: arrays and archives of the golden set", "[format][golden]") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const NpyArray points = load_npy(golden / "label/points.npy");
  REQUIRE(points.shape == std::vector<std::size_t>{points.shape.at(0), 3});
  for (const double x : points.to_double()) REQUIRE(std::fabs(x) < 10);
  const auto visibility = load_npz(golden / "label/visibility_in.npz");
  bool has_half = false;
  for (const auto& [name, array] : visibility) {
    has_half = has_half || array.dtype == "f2";
    CHECK(array.to_double().size() == array.size());
  }
  CHECK(has_half);
  const auto matching = load_npz(golden / "label/matching_2500.npz");
  CHECK(matching.size() == 3);
  const NpyArray tokens = load_npy(golden / "model/clip_tokens.npy");
  CHECK(tokens.shape == std::vector<std::size_t>{28, 77});
  CHECK(tokens.to_double().front() == 49406);  // <|startoftext|>
}

}  // namespace
}  // namespace funcorr
