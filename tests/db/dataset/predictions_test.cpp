#include "db/dataset/predictions.h"

#include "db/format/npy.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {

TEST_CASE("predictions come back as they were") {
  const tests::TemporaryFolder folder;
  const Workspace workspace{folder.path()};
  const auto file = predictions_path(workspace, "full", "cut-with/a|||b|||frames/trial_0");
  CHECK(file == folder / "eval/predictions/full/cut-with/a|||b|||frames/trial_0.npz");
  std::filesystem::create_directories(file.parent_path());
  const Predictions predictions{{{1, 2}, {3, 4}}, {{5, 6}}, {{{7, 8}, {9, 10}}}};
  save_predictions(file, predictions);
  const Predictions read = load_predictions(file);
  CHECK((read.in_image_2 == predictions.in_image_2));
  CHECK((read.in_image_1 == predictions.in_image_1));
  CHECK((read.discovered == predictions.discovered));
  CHECK(load_npz(file).at("transfer_rowcol_2").as<std::int16_t>() == std::vector<std::int16_t>{2, 1, 4, 3});

  auto arrays = load_npz(file);  // as before discovered pairs were kept
  arrays.erase("discovered_rowcol_1");
  arrays.erase("discovered_rowcol_2");
  save_npz(file, arrays);
  CHECK(load_predictions(file).discovered.empty());
  CHECK((load_predictions(file).in_image_2 == predictions.in_image_2));
}

}  // namespace funcorr
