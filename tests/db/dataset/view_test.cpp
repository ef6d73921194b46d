#include "db/dataset/view.h"

#include <set>

#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

Image8 picture() {
  Image8 rgba(3, 2, 4);
  for (std::size_t i = 0; i < rgba.pixels.size(); ++i) rgba.pixels[i] = static_cast<std::uint8_t>(10 * i);
  return rgba;
}

}  // namespace

TEST_CASE("a view's picture comes back as it was") {
  const tests::TemporaryFolder folder;
  const fs::path file = view_image_path(folder.path(), 7);
  CHECK(file == folder / "0007.png");
  save_view_image(file, picture());
  CHECK(load_view_image(file).pixels == picture().pixels);
  CHECK_THROWS_AS(save_view_image(file, Image8(3, 2, 3)), std::invalid_argument);
  save_png(file, Image8(3, 2, 3));
  CHECK_THROWS_WITH(load_view_image(file), Catch::Matchers::ContainsSubstring("0007.png"));
}

TEST_CASE("a view's channels come back as they were") {
  const tests::TemporaryFolder folder;
  ImageF depth(3, 2, 1);
  for (std::size_t i = 0; i < depth.pixels.size(); ++i) depth.pixels[i] = 0.1F * static_cast<float>(i);
  const fs::path file = view_channels_path(folder.path(), 12);
  CHECK(file == folder / "0012.exr");
  save_exr(file, depth, {"Z"});
  CHECK(load_exr_channels(file, {"Z"}).pixels == depth.pixels);
}

TEST_CASE("views have folders by their set and names by their number") {
  CHECK(view_folder("a", ViewSet::kLabel) == fs::path("a/label"));
  CHECK(view_folder("a", ViewSet::kTrain) == fs::path("a/train"));
  CHECK(view_name(0) == "0000");
  CHECK(view_name(9999) == "9999");
  for (const int view : {0, 7, 123, 9999}) CHECK(view_of_name(view_name(view)) == view);
  for (const char* other : {"", "7", "007", "00007", "-001", "cameras", "0x07", "000 "})
    CHECK_FALSE(view_of_name(other).has_value());
}

TEST_CASE("surplus views go with all their files, and nothing else") {
  const tests::TemporaryFolder folder;
  for (const char* name : {"0000.png", "0001.png", "0002.png", "0002.npz", "0010.exr", "cameras.json"})
    folder.write(name, "");
  remove_views_from(folder.path(), 2);
  std::set<std::string> left;
  for (const auto& entry : fs::directory_iterator(folder.path())) left.insert(entry.path().filename());
  CHECK(left == std::set<std::string>{"0000.png", "0001.png", "cameras.json"});
  remove_views_from(folder / "absent", 0);
}

}  // namespace funcorr
