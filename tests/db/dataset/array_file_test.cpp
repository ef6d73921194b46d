#include "db/dataset/array_file.h"

#include "db/dataset/rowcol.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {

using Catch::Matchers::ContainsSubstring;

TEST_CASE("arrays of a file are read by name and type") {
  const tests::TemporaryFolder folder;
  const auto file = folder / "a.npz";
  const std::vector<Vec3f> vectors{{1, 2, 3}, {4, 5, 6}};
  save_npz(file, {{"numbers", NpyArray::from(std::vector<std::int32_t>{7, 8, 9}, {3})},
                  {"vectors", vectors_array(vectors)},
                  {"pixels", rowcol_array({{1, 2}, {3, 4}})}});
  const ArrayFile arrays(file);
  CHECK(arrays.read<std::int32_t>("numbers") == std::vector<std::int32_t>{7, 8, 9});
  CHECK((arrays.read_vectors("vectors") == vectors));
  CHECK((arrays.read_pixels("pixels") == std::vector<Pixel>{{1, 2}, {3, 4}}));
  CHECK(arrays.contains("numbers"));
  CHECK_FALSE(arrays.contains("others"));
}

TEST_CASE("an array that is absent or does not fit is refused by file and name") {
  const tests::TemporaryFolder folder;
  const auto file = folder / "a.npz";
  save_npz(file, {{"numbers", NpyArray::from(std::vector<std::int32_t>{7, 8, 9}, {3})}});
  const ArrayFile arrays(file);
  CHECK_THROWS_WITH(arrays.read<float>("absent"), file.string() + " has no array \"absent\"");
  CHECK_THROWS_WITH(arrays.read<float>("numbers"),
                    ContainsSubstring(file.string() + ", array \"numbers\"") && ContainsSubstring("i4"));
  CHECK_THROWS_WITH(arrays.read_vectors("numbers"), ContainsSubstring("(x, y, z)"));
  CHECK_THROWS_WITH(arrays.read_pixels("numbers"), ContainsSubstring("(row, column)"));
  CHECK_THROWS_WITH(arrays.require_rows("numbers", 4), ContainsSubstring("it has 3 rows, 4 are expected"));
}

TEST_CASE("pixels are (x, y) in memory and (row, column) in files") {
  const std::vector<Pixel> pixels{{1, 2}, {4095, 0}, {-1, 7}};
  CHECK(rowcol_array(pixels).as<std::int16_t>() == std::vector<std::int16_t>{2, 1, 0, 4095, 7, -1});
  CHECK((pixels_of_rowcol(rowcol_array(pixels)) == pixels));
  CHECK_THROWS_AS(rowcol_array({{0, 40'000}}), std::invalid_argument);
  const NpyArray wide = NpyArray::from(std::vector<double>{2.4, 1.6, 0, 223}, {2, 2});
  CHECK((pixels_of_rowcol(wide) == std::vector<Pixel>{{2, 2}, {223, 0}}));
  const NpyArray integers = NpyArray::from(std::vector<std::int64_t>{5, 6}, {1, 2});
  CHECK((pixels_of_rowcol(integers) == std::vector<Pixel>{{6, 5}}));
}

}  // namespace funcorr
