#include "db/dataset/crop_file.h"

#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {

TEST_CASE("a stored crop comes back as it was, white where the object is not") {
  const tests::TemporaryFolder folder;
  const auto file = crop_path(folder.path(), 5);
  CHECK(file == folder / "crop/0005.png");
  std::filesystem::create_directories(file.parent_path());
  Image8 rgb(kCropSize, kCropSize, 3), object(kCropSize, kCropSize, 1);
  rgb.at(10, 20)[0] = 7;
  *object.at(10, 20) = 255;
  save_crop(file, rgb, object);
  const ObjectCrop crop = load_crop(file);
  CHECK(crop.object.pixels == object.pixels);
  CHECK(crop.rgb.at(10, 20)[0] == 7);
  CHECK(crop.rgb.at(0, 0)[0] == 255);
  CHECK(crop.window.side == kCropSize);
}

TEST_CASE("crops of another size are neither written nor read") {
  const tests::TemporaryFolder folder;
  CHECK_THROWS_AS(save_crop(folder / "a.png", Image8(8, 8, 3), Image8(8, 8, 1)), std::invalid_argument);
  save_png(folder / "a.png", Image8(8, 8, 4));
  CHECK_THROWS_WITH(load_crop(folder / "a.png"), Catch::Matchers::ContainsSubstring("a.png: 8 × 8 px"));
}

}  // namespace funcorr
