#include "eval/official/official_layout.h"

#include "db/dataset/crop.h"
#include "db/dataset/rowcol.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

Image8 filled(int channels, std::uint8_t value) {
  Image8 image(kCropSize, kCropSize, channels);
  std::fill(image.pixels.begin(), image.pixels.end(), value);
  return image;
}

const std::string kMug = "0a1b---mug.glb", kKettle = "2c3d---kettle.glb";

// A set of one pair with two trials, written as the published ones are: 64-bit integers, views without zeros.
void write_set(const fs::path& root) {
  const fs::path pair =
      root / "annotations/2d_annotations_resized/test/pour-with" / (kMug + "|||" + kKettle + "|||upright");
  const auto points = [&](const std::string& trial, const std::string& file,
                          std::vector<std::int64_t> rowcol) {
    fs::create_directories(pair / trial);
    const std::size_t rows = rowcol.size() / 2;
    save_npy(pair / trial / file, NpyArray::from(rowcol, {rows, 2}));
  };
  points("trial_10", kMug + "|||3.png.npy", {7, 8});
  points("trial_10", kKettle + "|||12.png.npy", {223, 0});
  points("trial_2", kMug + "|||4.png.npy", {1, 2, 3, 4});
  points("trial_2", kKettle + "|||5.png.npy", {10, 20, 30, 40});
  for (const std::string folder :
       {"rgb_images_processed", "object_masks_processed", "pseudo_labels_processed/rim"})
    fs::create_directories(root / "fully_processed_data" / kMug / folder);
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("the official layout is read as it is published") {
  const tests::TemporaryFolder folder;
  write_set(folder.path());
  std::vector<std::string> skipped;
  const auto pairs = list_official_pairs(folder.path(), "test", skipped);
  CHECK(skipped.empty());
  REQUIRE(pairs.size() == 1);
  CHECK(pairs[0].function == "pour-with");
  CHECK(pairs[0].label == "upright");
  CHECK(pairs[0].object_1.name == kMug);
  CHECK(pairs[0].object_1.category == "mug");
  CHECK(pairs[0].object_2.category == "kettle");
  const auto trials = load_official_trials(pairs[0]);
  REQUIRE(trials.size() == 2);
  CHECK(trials[0].number == 2);  // by number, not by name
  CHECK(trials[0].view_1 == "4");
  CHECK(trials[0].view_2 == "5");
  CHECK(trials[0].pairs == std::vector<PixelPair>{{{2, 1}, {20, 10}}, {{4, 3}, {40, 30}}});
  CHECK(trials[1].pairs == std::vector<PixelPair>{{{8, 7}, {0, 223}}});
  CHECK(official_object("obj_000012").category.empty());  // a photographed object
  CHECK(official_object_name("0a1b", "mug") == kMug);
}

TEST_CASE("crops of the official layout lose their background, and bring their part masks") {
  const tests::TemporaryFolder folder;
  write_set(folder.path());
  Image8 mask = filled(1, 0);
  *mask.at(5, 6) = 255;
  save_png(folder / official_rgb_file(kMug, "4").string(), filled(3, 90));
  save_png(folder / official_object_mask_file(kMug, "4").string(), mask);
  save_png(folder / official_part_mask_file(kMug, "rim", "4").string(), mask);
  const OfficialView view = load_official_view(folder.path(), kMug, "4");
  CHECK(*view.rgb.at(5, 6) == 90);
  CHECK(*view.rgb.at(6, 5) == 255);
  CHECK(view.object.pixels == mask.pixels);
  const auto masks = load_official_masks(folder.path(), kMug, "4");
  REQUIRE(masks.size() == 1);
  CHECK(masks[0].part == "rim");
  CHECK(masks[0].mask.pixels == mask.pixels);
  CHECK(load_official_masks(folder.path(), kKettle, "5").empty());
}

TEST_CASE("faults of the official layout are named") {
  const tests::TemporaryFolder folder;
  write_set(folder.path());
  std::vector<std::string> skipped;
  CHECK(message_of([&] { list_official_pairs(folder.path(), "train", skipped); }).find("train") !=
        std::string::npos);
  const fs::path test = folder / "annotations/2d_annotations_resized/test/pour-with";
  fs::create_directories(test / (kMug + "|||" + kKettle));
  const auto pairs = list_official_pairs(folder.path(), "test", skipped);
  CHECK(skipped.size() == 1);
  const fs::path trial = pairs.at(0).folder / "trial_2";
  save_npy(trial / (kMug + "|||4.png.npy"), rowcol_array({{1, 2}}));
  CHECK(message_of([&] { load_official_trials(pairs[0]); }).find("1 pixels of one object and 2") !=
        std::string::npos);
  save_npy(trial / (kMug + "|||4.png.npy"), rowcol_array({{1, 2}, {kCropSize, 0}}));
  CHECK(message_of([&] { load_official_trials(pairs[0]); }).find("outside of the 224 px crop") !=
        std::string::npos);
  fs::remove(trial / (kMug + "|||4.png.npy"));
  CHECK(message_of([&] { load_official_trials(pairs[0]); }).find("there is no " + kMug) != std::string::npos);
}

}  // namespace funcorr
