#include "db/dataset/visible_points.h"

#include "db/format/npy.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {

TEST_CASE("visible points come back as they were, files have (row, column)") {
  const tests::TemporaryFolder folder;
  const auto file = visible_points_path(folder.path(), 3);
  CHECK(file == folder / "0003.npz");
  const VisiblePoints points{{2, 5, 99'999}, {{1, 2}, {489, 0}, {0, 489}}};
  save_visible_points(file, points);
  CHECK((load_visible_points(file) == points));
  const auto arrays = load_npz(file);
  CHECK(arrays.at("point_ids").as<std::int32_t>() == points.ids);
  CHECK(arrays.at("pixels_rowcol").as<std::int16_t>() == std::vector<std::int16_t>{2, 1, 0, 489, 489, 0});
  save_visible_points(file, {});
  CHECK((load_visible_points(file) == VisiblePoints{}));
}

TEST_CASE("visible points whose arrays differ in length are neither written nor read") {
  const tests::TemporaryFolder folder;
  const auto file = visible_points_path(folder.path(), 3);
  CHECK_THROWS_AS(save_visible_points(file, {{1, 2}, {{0, 0}}}), std::invalid_argument);
  save_visible_points(file, {{1}, {{0, 0}}});
  auto arrays = load_npz(file);
  arrays.at("point_ids") = NpyArray::from(std::vector<std::int32_t>{1, 2}, {2});
  save_npz(file, arrays);
  CHECK_THROWS_WITH(load_visible_points(file), Catch::Matchers::ContainsSubstring("pixels_rowcol"));
  arrays.erase("pixels_rowcol");
  save_npz(file, arrays);
  CHECK_THROWS_WITH(load_visible_points(file), file.string() + " has no array \"pixels_rowcol\"");
}

}  // namespace funcorr
