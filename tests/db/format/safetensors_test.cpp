#include "db/format/safetensors.h"

#include <cstdint>
#include <fstream>
#include <iterator>

#include "db/format/random.h"
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using tests::TemporaryFolder;

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// A file with the given header and as many zero bytes of data.
std::string file_with(const std::string& header, std::size_t data_bytes) {
  std::string text(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(text.data(), &length, 8);
  return text + header + std::string(data_bytes, '\0');
}

std::string refusal(const fs::path& file) {
  try {
    const SafetensorsFile opened(file);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("safetensors: every type comes back as it was written", "[train][safetensors]") {
  const TemporaryFolder folder;
  const std::vector<float> floats{1.5F, -2, 3, 4, 5, 6};
  const std::vector<std::int64_t> longs{-1, 1LL << 40};
  const std::vector<std::uint8_t> bytes{1, 2, 3};
  const std::vector<std::uint16_t> halves{0x3c00, 0xc000};
  const double scalar = 0.25;
  TensorView half = TensorView::of<std::uint16_t>(halves, {2});
  half.type = TensorType::kF16;
  write_safetensors(folder / "a.safetensors",
                    {{"bytes", TensorView::of<std::uint8_t>(bytes, {3})},
                     {"floats", TensorView::of<float>(floats, {2, 3})},
                     {"halves", half},
                     {"longs", TensorView::of<std::int64_t>(longs, {2})},
                     {"none", TensorView::of<float>({}, {0, 7})},
                     {"scalar", TensorView::of<double>({&scalar, 1}, {})}},
                    {{"format", "pt"}, {"step", "12"}});
  const SafetensorsFile file(folder / "a.safetensors");
  CHECK(file.tensors().size() == 6);
  CHECK(file.metadata().at("step") == "12");
  CHECK(file.at("floats").copy<float>() == floats);
  CHECK(file.at("floats").shape == std::vector<std::int64_t>{2, 3});
  CHECK(file.at("longs").as<std::int64_t>()[1] == 1LL << 40);
  CHECK(file.at("bytes").copy<std::uint8_t>() == bytes);
  CHECK(file.at("halves").type == TensorType::kF16);
  CHECK(file.at("halves").copy<std::uint16_t>() == halves);
  CHECK(file.at("none").size() == 0);
  CHECK(file.at("scalar").as<double>()[0] == 0.25);
  CHECK_THROWS_WITH(file.at("floats").as<double>(), Catch::Matchers::ContainsSubstring("F32"));
  CHECK_THROWS_WITH(file.at("absent"), Catch::Matchers::ContainsSubstring("absent"));
  CHECK_NOTHROW(file.at("floats", TensorType::kF32, {-1, 3}));
  CHECK_THROWS_WITH(file.at("floats", TensorType::kF32, {3, 2}),
                    Catch::Matchers::ContainsSubstring("[2, 3]"));
}

TEST_CASE("safetensors: equal content gives equal bytes", "[train][safetensors]") {
  const TemporaryFolder folder;
  const std::vector<float> values{1, 2};
  const std::map<std::string, TensorView> tensors{{"b", TensorView::of<float>(values, {2})},
                                                  {"a", TensorView::of<float>(values, {1, 2})}};
  write_safetensors(folder / "1", tensors, {{"k", "v"}});
  write_safetensors(folder / "2", tensors, {{"k", "v"}});
  CHECK(bytes_of(folder / "1") == bytes_of(folder / "2"));
}

TEST_CASE("safetensors: a writer's mistakes are refused", "[train][safetensors]") {
  const TemporaryFolder folder;
  const std::vector<float> values{1, 2};
  CHECK_THROWS_AS(write_safetensors(folder / "x", {{"a", TensorView::of<float>(values, {3})}}),
                  std::invalid_argument);
  CHECK_THROWS_AS(write_safetensors(folder / "x", {{"a", TensorView::of<float>(values, {-2})}}),
                  std::invalid_argument);
  CHECK_THROWS_AS(write_safetensors(folder / "x", {{"__metadata__", TensorView::of<float>(values, {2})}}),
                  std::invalid_argument);
  CHECK_THROWS_WITH(write_safetensors(folder / "no/such/folder", {}),
                    Catch::Matchers::ContainsSubstring("no/such/folder"));
}

TEST_CASE("safetensors: hostile headers are refused with the reason", "[train][safetensors]") {
  const TemporaryFolder folder;
  const auto entry = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
  };
  struct Case {
    std::string content, reason;
  };
  const std::vector<Case> cases{
      {"", "too short"},
      {"1234567", "too short"},
      {std::string(8, '\xff'), "header"},
      {file_with("{}", 0).substr(0, 9), "header"},
      {file_with("[]", 0), "JSON object"},
      {file_with("{\"a\":", 0), "JSON object"},
      {file_with(std::string(100000, '['), 0), "JSON object"},
      {file_with(R"({"a":1})", 0), "no object"},
      {file_with(R"({"a":{"shape":[1],"data_offsets":[0,4]}})", 4), "dtype"},
      {file_with("{\"a\":" + entry("F31", "[1]", "[0,4]") + "}", 4), "F31"},
      {file_with("{\"a\":" + entry("F32", "[2]", "[0,4]") + "}", 4), "does not take"},
      {file_with("{\"a\":" + entry("F32", "[-1]", "[0,4]") + "}", 4), "shape"},
      {file_with("{\"a\":" + entry("F32", "[1.0]", "[0,4]") + "}", 4), "shape"},
      {file_with("{\"a\":" + entry("F32", "1", "[0,4]") + "}", 4), "shape"},
      {file_with("{\"a\":" + entry("F32", "[4611686018427387904,4]", "[0,0]") + "}", 0), "does not take"},
      {file_with("{\"a\":" + entry("F32", "[1]", "[4,0]") + "}", 4), "data_offsets"},
      {file_with("{\"a\":" + entry("F32", "[1]", "[0,8]") + "}", 4), "data_offsets"},
      {file_with("{\"a\":" + entry("F32", "[1]", "[0,4,8]") + "}", 4), "data_offsets"},
      {file_with("{\"a\":" + entry("U8", "[1]", "[18446744073709551615,0]") + "}", 4), "data_offsets"},
      {file_with("{\"a\":" + entry("F32", "[1]", "[0,4]") + ",\"b\":" + entry("F32", "[1]", "[2,6]") + "}",
                 6),
       "overlaps"},
      {file_with("{\"a\":" + entry("F32", "[1]", "[0,4]") + ",\"b\":" + entry("F32", "[1]", "[0,4]") + "}",
                 4),
       "overlaps"},
      {file_with("{\"a\":" + entry("F32", "[1]", "[4,8]") + "}", 8), "hole"},
      {file_with("{\"a\":" + entry("F32", "[1]", "[0,4]") + "}", 5), "belong to no tensor"},
      {file_with("{\"a\":" + entry("U8", "[1]", "[0,1]") + ",\"a\":" + entry("U8", "[1]", "[0,1]") + "}", 1),
       "twice"},
      {file_with(R"({"__metadata__":{"a":1}})", 0), "__metadata__"},
      {file_with(R"({"__metadata__":[]})", 0), "__metadata__"},
  };
  for (const Case& hostile : cases) {
    INFO(hostile.content.substr(0, 160));
    CHECK_THAT(refusal(folder.write("x", hostile.content)),
               Catch::Matchers::ContainsSubstring(hostile.reason));
  }
  CHECK_THAT(refusal(folder.path()), Catch::Matchers::ContainsSubstring("not a regular file"));
  CHECK_THAT(refusal(folder / "absent"), Catch::Matchers::ContainsSubstring("absent"));
}

// Bytes turned at random in the header never lead outside the file (run under the address sanitizer).
TEST_CASE("safetensors: damaged files are refused or read within their bounds", "[train][safetensors]") {
  const TemporaryFolder folder;
  const std::vector<float> values{1, 2, 3, 4};
  write_safetensors(folder / "whole", {{"first", TensorView::of<float>(values, {2, 2})},
                                       {"second", TensorView::of<float>(values, {4})}});
  const std::string whole = bytes_of(folder / "whole");
  Random random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string damaged = whole;
    for (int i = 0; i < 3; ++i)
      damaged[random.below(whole.size() - 32)] = static_cast<char>(random.below(256));
    if (round % 4 == 0) damaged.resize(random.below(whole.size()));
    const fs::path file = folder.write("damaged", damaged);
    try {
      const SafetensorsFile opened(file);
      std::size_t total = 0;
      for (const auto& [name, tensor] : opened.tensors())
        for (const std::byte byte : tensor.bytes) total += 1 + static_cast<std::size_t>(byte) / 256;
      CHECK(total == 32);  // the tiling holds whatever the names and types became
    } catch (const std::runtime_error&) {
      continue;
    }
  }
}

TEST_CASE("safetensors: a published checkpoint is read", "[train][safetensors][golden]") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const SafetensorsFile file(golden / "model/dinov2_hf.safetensors");
  std::size_t weights = 0;
  for (const auto& [name, tensor] : file.tensors()) weights += name.ends_with(".weight");
  CHECK(weights > 10);
  CHECK(file.at("embeddings.cls_token").type == TensorType::kF32);
}

}  // namespace funcorr
