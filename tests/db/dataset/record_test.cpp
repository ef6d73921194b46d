// The manifest's rows as JSON: how they come from a worker to the process that stores them.
#include <nlohmann/json.hpp>

#include "db/dataset/record/asset.h"
#include "db/dataset/record/box.h"
#include "db/dataset/record/pair.h"
#include "db/dataset/record/part.h"
#include "db/dataset/record/selection.h"
#include "db/dataset/record/view.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

// By the list of its members: what the list forgets does not come back.
template <typename Row>
Row shipped(const Row& row) {
  return nlohmann::json::parse(nlohmann::json(row).dump()).get<Row>();
}

}  // namespace

TEST_CASE("A box comes back with its pixels, its flag and where it is from") {
  const Box box{{1, -2, 3, 4}, BoxFlag::kInverted, "aa", "rim", 5, 2, 6, 7, 8};
  CHECK(shipped(box) == box);
}

TEST_CASE("A row's label tells the row and what it is measured on") {
  const std::vector<std::pair<RowAndRun, std::string>> labels{
      {{"full"}, "full"},
      {{"full", "full"}, "full"},
      {{"full", "mine"}, "full/mine"},
      {{"full", "a+b"}, "full/a+b"},
      {{"vlm+backbone"}, "vlm+backbone"},
      {{"vlm+backbone", "cogvlm"}, "vlm:cogvlm+backbone"},
      {{"vlm-function+backbone", "manip-vqa.2"}, "vlm-function:manip-vqa.2+backbone"}};
  for (const auto& [row, label] : labels) {
    CHECK(row.label() == label);
    const RowAndRun back = RowAndRun::from_label(label);
    CHECK(back.row == row.row);
    CHECK(back.run == (row.run == row.row ? "" : row.run));
  }
  const auto item = RowAndPair::from_key("vlm:cogvlm+backbone@hold/a:b+c|||d|||e/trial_0");
  CHECK(item.row == "vlm+backbone");
  CHECK(item.run == "cogvlm");
  CHECK(item.pair == "hold/a:b+c|||d|||e/trial_0");
}

TEST_CASE("A view comes back with its set and its flags, which are one text") {
  View view{
      "aa", ViewSet::kTrain, 3, "studio", 30.5, 0.25, 700, {ViewFlag::kAllWhite, ViewFlag::kOutOfFrame}};
  CHECK(nlohmann::json(view).at("flags") == "out_of_frame,all_white");
  const View back = shipped(view);
  CHECK(back.uid == "aa");
  CHECK(back.set == ViewSet::kTrain);
  CHECK(back.index == 3);
  CHECK(back.hdri == "studio");
  CHECK(back.hdri_rotation_deg == 30.5);
  CHECK(back.coverage == 0.25);
  CHECK(back.visible_points == 700);
  CHECK(back.flags == view.flags);
}

TEST_CASE("What filter, select, aggregate and mask found comes back") {
  AssetGeometry geometry{9,        8,   7, 6, 5, {1, 2, 3}, {AssetFlag::kFlat, AssetFlag::kUntextured},
                         {"body"}, "{}"};
  const AssetGeometry same = shipped(geometry);
  CHECK(same.degenerate_triangles == 7);
  CHECK(same.textures == 5);
  CHECK(same.extent == geometry.extent);
  CHECK(same.flags == geometry.flags);
  CHECK(same.part_names == geometry.part_names);
  CHECK(same.facts_json == "{}");

  const Selection selection = shipped(
      Selection{"aa", "a cup", "cup", {{"mug", 0.875}}, "mug", Dropped::kNotVerified, "it is no mug"});
  CHECK(selection.caption == "a cup");
  CHECK(selection.candidates.at(0).cosine == 0.875);
  CHECK(selection.dropped == Dropped::kNotVerified);
  CHECK(selection.reason == "it is no mug");

  const PartSupport support = shipped(PartSupport{"aa", "rim", 1, 2, 3, 4, 5, 0.5, 0.25});
  CHECK(support.views_used == 2);
  CHECK(support.positive_points == 5);
  CHECK(support.heat_max == 0.5);
  CHECK(support.doubt == 0.25);
  CHECK(shipped(MaskRecord{"aa", "rim", 1, 2, MaskBranch::kOtsu}).branch == MaskBranch::kOtsu);
}

}  // namespace funcorr
