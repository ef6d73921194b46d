#include "eval/official/official_set.h"

#include <algorithm>

#include "db/dataset/mask.h"
#include "eval/truth/object_files.h"
#include "tests/catch.h"
#include "tests/eval/crop_workspace.h"

namespace funcorr {

TEST_CASE("pairs that are exported as a published set come back with their pixels, crops and masks") {
  const tests::CropWorkspace made;
  const std::string uid_1 = tests::CropWorkspace::uid('a'), uid_2 = tests::CropWorkspace::uid('b');
  made.add_object(uid_1, 30, 40);
  made.add_object(uid_2, 100, 90);
  Image8 rim(kCropSize, kCropSize, 1);
  for (int x = 30; x < 90; ++x) *rim.at(x, 41) = 255;
  write_artifact(mask_path(made.workspace().asset(uid_1), "rim", 0),
                 [&](const std::filesystem::path& file) { save_mask(file, rim); });
  const std::vector<PixelPair> truth{{{31, 41}, {101, 91}}, {{80, 90}, {150, 140}}};
  const Pair pair = made.add_pair("pour with", uid_1, uid_2, truth);

  const tests::TemporaryFolder set;
  OfficialSetOptions options;
  options.export_to = options.official_set = set.path();
  options.official_split = "unseen";
  OfficialExport all(made.workspace(), options, [&](const std::string& uid) {
    std::vector<MaskRecord> masks;
    if (uid == uid_1) masks.push_back({uid, "rim", 0, 60, MaskBranch::kThreshold});
    return masks;
  });
  all.add(pair);
  CHECK(all.pairs() == 1);

  std::vector<std::string> skipped;
  const auto listed = list_official_set(options, skipped);
  CHECK(skipped.empty());
  REQUIRE(listed.size() == 1);
  const auto& [key, official] = *listed.begin();
  CHECK(key == official_key(official));
  const auto shipped = nlohmann::json(official).get<OfficialPair>();
  CHECK(official_key(shipped) == key);
  CHECK(official_fingerprint(shipped) == official_fingerprint(official));

  const tests::TemporaryFolder folder;
  const Workspace workspace{folder.path()};
  const std::vector<Pair> rows = import_official_pair(workspace, set.path(), shipped);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].id == pair_id(key, 0));
  CHECK(rows[0].points == 2);
  CHECK(load_pair_file(workspace.root / rows[0].path) == truth);
  const std::vector<Asset> assets = official_assets(set.path(), shipped);
  REQUIRE(assets.size() == 2);
  CHECK(assets[0].uid == rows[0].uid_1);
  CHECK(assets[0].format == kCropsFormat);
  CHECK(assets[0].category == "mug");
  const CroppedView before = load_cropped_view(made.workspace().asset(uid_1), 0);
  const CroppedView after = load_cropped_view(workspace.asset(assets[0].uid), 0);
  CHECK(before.rgb == after.rgb);
  CHECK(before.object == after.object);
  const CropMask mask = load_cropped_mask(workspace.asset(assets[0].uid), 0,
                                          mask_path(workspace.asset(assets[0].uid), "rim", 0));
  CHECK(std::count(mask.begin(), mask.end(), 1) == 60);

  // Photographs beside them; both sets at once must not share an object, whose crops would be one.
  CHECK(rows[0].set == PairSet::kSynthetic);
  options.official_real_set = set.path();
  CHECK_THROWS_WITH(list_official_set(options, skipped),
                    Catch::Matchers::ContainsSubstring("official_real_set: the object " + uid_1));
  options.official_set.clear();
  CHECK(options.roots() == std::vector<std::filesystem::path>{set.path()});
  const auto real = list_official_set(options, skipped);
  REQUIRE(real.size() == 1);
  const auto of_real = nlohmann::json(real.begin()->second).get<OfficialPair>();
  CHECK(import_official_pair(workspace, options.root(of_real.set), of_real).at(0).set == PairSet::kReal);

  options.official_split = "test";
  CHECK_THROWS_AS(list_official_set(options, skipped), UsageError);
}

}  // namespace funcorr
