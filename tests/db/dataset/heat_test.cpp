#include "db/dataset/heat.h"

#include "db/format/npy.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {

TEST_CASE("heat comes back as it was") {
  const tests::TemporaryFolder folder;
  const auto file = heat_path(folder.path(), "rim/edge");
  CHECK(file == folder / "heat/rim%2Fedge.npy");
  CHECK(heat_cloud_path(folder.path(), "rim/edge") == folder / "heat/rim%2Fedge.ply");
  std::filesystem::create_directories(file.parent_path());
  const std::vector<double> heat{0, 3, 1.0 / 3};
  save_heat(file, heat);
  CHECK(load_heat(file) == heat);
  CHECK(load_npy(file).shape == std::vector<std::size_t>{3});
  save_npy(file, NpyArray::from(std::vector<float>{1}, {1}));
  CHECK_THROWS_WITH(load_heat(file), Catch::Matchers::ContainsSubstring(file.string()));
}

}  // namespace funcorr
