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
  const Predictions predictions{{{1, 2}, {3, 4}}, {{5, 6}}};
  save_predictions(file, predictions);
  const Predictions read = load_predictions(file);
  CHECK((read.in_image_2 == predictions.in_image_2));
  CHECK((read.in_image_1 == predictions.in_image_1));
  CHECK(load_npz(file).at("transfer_rowcol_2").as<std::int16_t>() == std::vector<std::int16_t>{2, 1, 4, 3});
}

}  // namespace funcorr
