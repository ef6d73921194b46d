#include "db/dataset/pair_file.h"

#include "db/dataset/rowcol.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {

TEST_CASE("pair files keep both ends of every pair, as (row, column)") {
  const tests::TemporaryFolder folder;
  const auto file = folder.path() / "pairs.npz";
  const std::vector<PixelPair> pairs{{{1, 2}, {3, 4}}, {{223, 0}, {0, 223}}};
  CHECK(pair_path("cut-with/a|||b|||frames", 2) ==
        std::filesystem::path("eval/pairs/cut-with/a|||b|||frames/trial_2.npz"));
  save_pair_file(file, pairs);
  CHECK(load_pair_file(file) == pairs);
  CHECK(load_npz(file).at("rowcol_1").as<std::int16_t>() == std::vector<std::int16_t>{2, 1, 0, 223});
}

TEST_CASE("pair files that do not fit say why") {
  const tests::TemporaryFolder folder;
  const auto file = folder.path() / "pairs.npz";
  const auto message = [&] {
    try {
      load_pair_file(file);
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const NpyArray one = rowcol_array({{1, 2}}), two = rowcol_array({{1, 2}, {3, 4}});
  save_npz(file, {{"rowcol_1", one}});
  CHECK(message().find("has no array \"rowcol_2\"") != std::string::npos);
  save_npz(file, {{"rowcol_1", one}, {"rowcol_2", two}});
  CHECK(message().find("2 rows, 1 are expected") != std::string::npos);
  save_npz(file, {{"rowcol_1", one}, {"rowcol_2", NpyArray::from(std::vector<std::int16_t>{1, 2, 3}, {3})}});
  CHECK(message().find("(row, column)") != std::string::npos);
  save_pair_file(file, {});
  CHECK(message().find("no pair") != std::string::npos);
}

}  // namespace funcorr
