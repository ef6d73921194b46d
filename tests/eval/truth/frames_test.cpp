#include "eval/truth/frames.h"

#include <map>
#include <set>
#include <stdexcept>

#include "tests/catch.h"

namespace funcorr {
namespace {

std::vector<FrameObject> objects(int categories, int each) {
  std::vector<FrameObject> result;
  for (int c = 0; c < categories; ++c)
    for (int i = 0; i < each; ++i)
      result.push_back({"uid" + std::to_string(100 * c + i), "category" + std::to_string(c)});
  return result;
}

}  // namespace

TEST_CASE("frame pairs: different, of the asked kinds, the same for the same seed") {
  auto all = objects(4, 5);
  std::map<std::string, std::string> category;
  for (const FrameObject& object : all) category[object.uid] = object.category;
  const auto pairs = sample_frame_pairs("pour-with", all, 20, 0.6, 1);
  REQUIRE(pairs.size() == 20);
  std::set<std::set<std::string>> different;
  int across = 0;
  for (const FramePair& pair : pairs) {
    different.insert({pair.object_1, pair.object_2});
    across += category.at(pair.object_1) != category.at(pair.object_2) ? 1 : 0;
  }
  CHECK(different.size() == 20);
  for (const auto& pair : different) CHECK(pair.size() == 2);
  CHECK(across == 12);

  std::swap(all[0], all[7]);
  const auto again = sample_frame_pairs("pour-with", all, 20, 0.6, 1);
  for (std::size_t i = 0; i < pairs.size(); ++i) CHECK(again[i].object_1 == pairs[i].object_1);
  const auto other = sample_frame_pairs("pour-with", all, 20, 0.6, 2);
  int same = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) same += other[i].object_1 == pairs[i].object_1 ? 1 : 0;
  CHECK(same < 20);
}

TEST_CASE("frame pairs: fewer where a kind runs out") {
  CHECK(sample_frame_pairs("f", objects(1, 3), 10, 0.5, 1).size() == 3);  // of one category: 3 pairs within
  CHECK(sample_frame_pairs("f", objects(3, 1), 10, 0.5, 1).size() == 3);  // 3 across
  CHECK(sample_frame_pairs("f", objects(1, 1), 10, 0.5, 1).empty());
  CHECK(sample_frame_pairs("f", {}, 10, 0.5, 1).empty());
}

TEST_CASE("an annotation from frames aligns the parts and boxes them") {
  // The same canonical part under two different similarities.
  const std::vector<Vec3d> canonical{{0, 0, 0}, {1, 0, 0}, {0, 0.5, 0}};
  const Transform frame_1 =
      Transform::translate({0.1, 0, 0}) * Transform::rotate_y(0.4) * Transform::scale(0.2);
  const Transform frame_2 = Transform::rotate_z(-1.1) * Transform::scale(0.35);
  const auto placed = [&](const std::string& uid, const Transform& frame) {
    FramedPart part{uid, {}, frame};
    for (const Vec3d& p : canonical) part.part_points.push_back(frame.point(p));
    return part;
  };
  const FramedPart part_1 = placed("a", frame_1), part_2 = placed("b", frame_2);
  const PairAnnotation annotation = annotation_from_frames("pour-with", part_1, part_2, 0.1);
  CHECK(annotation.key() == "pour-with/a|||b|||frames");
  const Transform object_1_from_object_2 =
      annotation.world_from_object_1.inverse() * annotation.world_from_object_2;
  for (std::size_t i = 0; i < canonical.size(); ++i)
    CHECK_THAT(length(object_1_from_object_2.point(part_2.part_points[i]) - part_1.part_points[i]),
               Catch::WithinAbs(0, 1e-12));
  // Box: x 0…1, y 0…0.5, z 0, each grown by 0.1·0.5.
  for (const PartBox* box : {&annotation.box_1, &annotation.box_2}) {
    CHECK(box->contains({-0.04, 0.54, 0.04}));
    CHECK_FALSE(box->contains({-0.06, 0.2, 0}));
    CHECK_FALSE(box->contains({0.5, 0.2, -0.06}));
  }
  CHECK_THROWS_AS(annotation_from_frames("f", {"a", {}, {}}, part_2, 0.1), std::invalid_argument);
}

}  // namespace funcorr
