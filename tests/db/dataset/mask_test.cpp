#include "db/dataset/mask.h"

#include <algorithm>

#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {

TEST_CASE("a part's mask comes back as it was, and as the view is cropped") {
  const tests::TemporaryFolder folder;
  const auto file = mask_path(folder.path(), "outer rim/edge", 9);
  CHECK(file == folder / "mask/outer rim%2Fedge/0009.png");
  CHECK(mask_folder(folder.path(), "outer rim/edge") == file.parent_path());
  std::filesystem::create_directories(file.parent_path());
  Image8 mask(100, 80, 1);
  for (int y = 20; y < 60; ++y)
    for (int x = 30; x < 70; ++x) *mask.at(x, y) = x < 50 ? 255 : 127;  // 127 is not inside yet
  save_mask(file, mask);
  CHECK(load_mask(file, 100, 80).pixels == mask.pixels);

  const CropWindow window = crop_window([&] {
    Image8 object = mask;
    for (std::uint8_t& pixel : object.pixels) pixel = pixel != 0 ? 255 : 0;
    return object;
  }());
  const CropMask cropped = load_mask_in_crop(file, Image8(100, 80, 4), window);
  CHECK(cropped[crop_index({kCropSize / 4, kCropSize / 2})] == 1);
  CHECK(cropped[crop_index({3 * kCropSize / 4, kCropSize / 2})] == 0);
  const CropMask none = load_mask_in_crop(folder / "absent.png", Image8(100, 80, 4), window);
  CHECK(none.size() == kCropPixels);
  CHECK(std::count(none.begin(), none.end(), 0) == kCropPixels);
}

TEST_CASE("masks that do not fit their view are refused by file and size") {
  const tests::TemporaryFolder folder;
  CHECK_THROWS_AS(save_mask(folder / "a.png", Image8(8, 8, 3)), std::invalid_argument);
  save_mask(folder / "a.png", Image8(8, 9, 1));
  CHECK_THROWS_WITH(load_mask(folder / "a.png", 8, 8),
                    Catch::Matchers::ContainsSubstring("a.png") &&
                        Catch::Matchers::ContainsSubstring("a mask of 8 × 8 px is expected"));
}

}  // namespace funcorr
