#include "eval/measurement/held_out_pairs.h"

#include <cmath>

#include "db/dataset/run_folder.h"
#include "tests/catch.h"
#include "tests/eval/crop_workspace.h"

namespace funcorr {
namespace {

using tests::CropWorkspace;

Pair pair_of(const std::string& function, const std::string& uid_1, const std::string& uid_2, int number) {
  Pair pair;
  pair.id = pair_id(annotated_pair(function, uid_1, uid_2, std::to_string(number)), 0);
  pair.function = function;
  pair.uid_1 = uid_1;
  pair.uid_2 = uid_2;
  return pair;
}

// By the colours of CropWorkspace every pixel of an object has a descriptor of its own.
PixelEmbeddings embed_by_color(const std::vector<std::uint8_t>& rgb, const std::string&) {
  PixelEmbeddings embeddings{2, {}, {}};
  for (std::size_t i = 0; i < rgb.size(); i += 3) {
    const int steps = 60 * (rgb[i + 1] / 4) + rgb[i] / 4;
    const double angle = 0.0004 * steps;
    embeddings.values.push_back(static_cast<float>(std::cos(angle)));
    embeddings.values.push_back(static_cast<float>(std::sin(angle)));
  }
  return embeddings;
}

}  // namespace

TEST_CASE("held-out pairs are of the functions, without trained objects, and evenly spread") {
  std::vector<Pair> pairs;
  for (int i = 0; i < 10; ++i) pairs.push_back(pair_of("pour with", "b", "c", i));
  pairs.push_back(pair_of("pour with", "a", "c", 0));
  pairs.push_back(pair_of("pour with", "c", "a", 0));
  pairs.push_back(pair_of("cut with", "b", "c", 0));
  const std::vector<AssetSplit> splits{
      {"a", "mug", Split::kTrain}, {"b", "mug", Split::kTest}, {"c", "mug", Split::kUnseen}};
  const HeldOutPairs few(Workspace{}, pairs, splits, {"pour with"}, 3);
  REQUIRE(few.pairs().size() == 3);
  CHECK(few.pairs()[0].id == pairs[0].id);
  CHECK(few.pairs()[1].id == pairs[3].id);
  CHECK(few.pairs()[2].id == pairs[6].id);
  CHECK(HeldOutPairs(Workspace{}, pairs, splits, {"pour with"}, 100).pairs().size() == 10);
  const HeldOutPairs none(Workspace{}, pairs, splits, {"hold"}, 3);
  CHECK(none.pairs().empty());
  CHECK_FALSE(none.probe(ResultRow::kFull, "run").measure);
}

TEST_CASE("a probe measures the pairs and draws the first, in place of an earlier run's pictures") {
  const CropWorkspace made;
  const std::string uid_1 = CropWorkspace::uid('a'), uid_2 = CropWorkspace::uid('b');
  made.add_object(uid_1, 30, 40);
  made.add_object(uid_2, 100, 90);
  std::vector<PixelPair> truth;
  for (int y = 0; y < 60; y += 3)
    for (int x = 0; x < 60; x += 3) truth.push_back({{30 + x, 40 + y}, {100 + x, 90 + y}});
  const Pair pair = made.add_pair("pour with", uid_1, uid_2, truth);
  const std::filesystem::path run = made.workspace().run("full");
  write_artifact(match_picture_path(run, 500), "of an earlier run");
  const HeldOutPairs pairs(made.workspace(), {pair}, {}, {"pour with"}, 4);
  const TrainingProbe probe = pairs.probe(ResultRow::kFullNoMask, run);
  REQUIRE(probe.measure);
  const std::vector<double> values = probe.measure(embed_by_color, 100);
  REQUIRE(values.size() == probe.names.size());
  CHECK(values[0] < 0.01);  // distance
  for (std::size_t i = 1; i < values.size(); ++i) CHECK(values[i] > 0.95);
  CHECK(load_image8(match_picture_path(run, 100)).height == 2 * kCropSize);
  CHECK_FALSE(std::filesystem::exists(match_picture_path(run, 500)));
}

}  // namespace funcorr
