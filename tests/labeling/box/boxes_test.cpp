// Boxes in replies, the square they are told in, and the crop of the zoomed pass.
#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "db/format/random.h"
#include "labeling/box/format.h"
#include "labeling/box/square.h"
#include "labeling/box/zoom.h"
#include "tests/catch.h"
#include "tests/golden.h"

namespace funcorr {
namespace {

constexpr SquarePadding kView{490, 490};

std::vector<Box> parse(const std::string& reply, const SquarePadding& image = kView) {
  return parse_boxes(box_format("cogvlm"), reply, image);
}

}  // namespace

TEST_CASE("The release's box of a reply is found exactly, and is the last of all") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const auto replies = nlohmann::json::parse(std::ifstream(golden / "label" / "box_replies.json"));
  REQUIRE_FALSE(replies.empty());
  for (const auto& entry : replies) {
    const SquarePadding image{entry.at("width").get<int>(), entry.at("height").get<int>()};
    const auto reply = entry.at("reply").get<std::string>();
    INFO(reply << " in " << image.width << "x" << image.height);
    const auto reference = reference_box(reply, image);
    if (entry.at("box_xyxy").is_null()) {
      CHECK_FALSE(reference.has_value());
      continue;
    }
    const auto expected = entry.at("box_xyxy").get<std::vector<int>>();
    REQUIRE(reference.has_value());
    CHECK(*reference == PixelBox{expected[0], expected[1], expected[2], expected[3]});
    const auto all = parse(reply, image);
    REQUIRE_FALSE(all.empty());
    if (all.back().flag == BoxFlag::kNone) CHECK(all.back().pixels == *reference);
  }
}

TEST_CASE("Every box of a reply is kept, with what is wrong with it") {
  using enum BoxFlag;
  struct Row {
    std::string reply;
    std::vector<Box> boxes;
  };
  const std::vector<Row> rows = {
      {"", {}},
      {"[[", {}},
      {"[[]]", {}},
      {"I cannot find it.", {}},
      {"[[1,2,3]] [[1,2,3,4,5]] [[a,b,c,d]] [[1,2,3,]] [[nan,0,1,2]] [[1,2,3,inf]]", {}},
      {"[[100,200,300,400]]", {{{49, 98, 147, 196}, kNone}}},
      {"[[100, 200 ,300,\n400]]", {{{49, 98, 147, 196}, kNone}}},
      {"[[100,200,300,400;500,600,700,800]]", {{{49, 98, 147, 196}, kNone}, {{245, 294, 343, 392}, kNone}}},
      {"[[100,200,300,400],[500,600,700,800]]", {}},  // not CogVLM's
      {"a [[000,000,999,999]] b [[900,100,100,900]]",
       {{{0, 0, 490, 490}, kNone}, {{441, 49, 49, 441}, kInverted}}},
      {"[[100,100,100,100]]", {{{49, 49, 49, 49}, kEmpty}}},
      // Hardly beyond the edge, by up to 2 % of the side, is at the edge.
      {"[[0,0,1000,10]]", {{{0, 0, 490, 5}, kClipped}}},
      {"[[-5,0,10,10]]", {{{0, 0, 5, 5}, kClipped}}},
      {"[[0,0,1018,10]]", {{{0, 0, 490, 5}, kClipped}}},
      {"[[0,0,1020,10]]", {{{0, 0, 500, 5}, kOutOfRange}}},
      {"[[-21,0,10,10]]", {{{-10, 0, 5, 5}, kOutOfRange}}},
      {"[[1e300,0,10,10]]", {{{1073741824, 0, 5, 5}, kOutOfRange}}},
  };
  for (const Row& row : rows) {
    INFO(row.reply);
    const auto boxes = parse(row.reply);
    REQUIRE(boxes.size() == row.boxes.size());
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      INFO(fmt::format("{} {} {} {} {}", boxes[i].pixels.x1, boxes[i].pixels.y1, boxes[i].pixels.x2,
                       boxes[i].pixels.y2, to_string(boxes[i].flag)));
      CHECK(boxes[i] == row.boxes[i]);
    }
  }
}

TEST_CASE("A box all in the padding is empty, one partly there is clamped") {
  const SquarePadding wide{640, 360};  // 140 px above and below
  CHECK(parse("[[100,010,200,100]]", wide).at(0).flag == BoxFlag::kEmpty);
  const auto clamped = parse("[[100,010,200,500]]", wide).at(0);
  CHECK(clamped.flag == BoxFlag::kNone);
  CHECK(clamped.pixels == PixelBox{64, 0, 128, 180});
}

TEST_CASE("Boxes written in the model's numbers come back within a pixel") {
  Random random(11);
  for (int i = 0; i < 2000; ++i) {
    const auto draw = [&](int from, int n) {
      return from + static_cast<int>(random.below(static_cast<std::uint64_t>(n)));
    };
    const SquarePadding image{draw(20, 700), draw(20, 700)};
    const PixelBox box{draw(0, image.width - 8), draw(0, image.height - 8), 0, 0};
    const PixelBox truth{box.x1, box.y1, box.x1 + draw(4, image.width - box.x1 - 4),
                         box.y1 + draw(4, image.height - box.y1 - 4)};
    const auto number = [&](int at, int padding) {
      return std::clamp(static_cast<int>(1000.0 * (at + padding) / image.side() + 0.5), 0, 999);
    };
    const auto found = parse(fmt::format("It is at [[{:03},{:03},{:03},{:03}]].",
                                         number(truth.x1, image.left()), number(truth.y1, image.top()),
                                         number(truth.x2, image.left()), number(truth.y2, image.top())),
                             image);
    REQUIRE(found.size() == 1);
    const PixelBox& back = found[0].pixels;
    REQUIRE(std::max({std::abs(back.x1 - truth.x1), std::abs(back.y1 - truth.y1),
                      std::abs(back.x2 - truth.x2), std::abs(back.y2 - truth.y2)}) <= 1);
  }
}

TEST_CASE("Any text is parsed without harm") {
  Random random(5);
  const std::string letters = "[[]];,0123456789 .-e\xff";
  for (int i = 0; i < 20000; ++i) {
    std::string reply;
    for (std::uint64_t n = random.below(40); n > 0; --n) reply += letters[random.below(letters.size())];
    for (const Box& parsed : parse(reply))
      if (parsed.flag == BoxFlag::kNone) {
        REQUIRE(parsed.pixels.x1 >= 0);
        REQUIRE(parsed.pixels.x2 <= 490);
        REQUIRE(parsed.pixels.width() > 0);
        REQUIRE(parsed.pixels.height() > 0);
      }
    reference_box(reply, kView);
  }
}

TEST_CASE("An unknown box format is refused with the known ones") {
  CHECK_THROWS_WITH(box_format("cogvml"), Catch::Matchers::ContainsSubstring("cogvlm"));
}

TEST_CASE("An image is padded to a white square and cropped back") {
  Image8 image(5, 2, 3);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<std::uint8_t>(i);
  const Image8 square = pad_to_square(image);
  REQUIRE(square.width == 5);
  REQUIRE(square.height == 5);
  CHECK(std::all_of(square.at(0, 0), square.at(0, 1), [](std::uint8_t v) { return v == 255; }));
  CHECK(std::all_of(square.at(0, 3), square.at(0, 3) + 30, [](std::uint8_t v) { return v == 255; }));
  CHECK(crop_image(square, {0, 1, 5, 3}).pixels == image.pixels);
  CHECK_THROWS_AS(crop_image(image, {0, 0, 6, 2}), std::out_of_range);
  CHECK_THROWS_AS(crop_image(image, {2, 0, 2, 2}), std::out_of_range);
}

TEST_CASE("Boxes are grouped as the best of all groupings by silhouette, where groups are far apart") {
  Random random(3);
  for (int round = 0; round < 200; ++round) {
    const int groups = 2 + static_cast<int>(random.below(2));
    std::vector<PixelBox> boxes;
    std::vector<int> truth;
    for (int group = 0; group < groups; ++group)
      for (int i = 0; i < 2 + static_cast<int>(random.below(3)); ++i) {
        const int x = 150 * group + static_cast<int>(random.below(12));
        const int y = 20 + static_cast<int>(random.below(12));
        boxes.push_back({x, y, x + 20, y + 10});
        truth.push_back(group);
      }
    const std::vector<int> found = cluster_boxes(boxes);
    for (std::size_t i = 0; i < boxes.size(); ++i)
      for (std::size_t j = 0; j < boxes.size(); ++j)
        REQUIRE((found[i] == found[j]) == (truth[i] == truth[j]));
  }
}

TEST_CASE("The silhouette of two pairs is the one by hand") {
  // Centres 0, 2, 10, 12 on a line: outer points (11 − 2)/11, inner ones (9 − 2)/9.
  const std::vector<PixelBox> boxes = {{-1, 0, 1, 2}, {1, 0, 3, 2}, {9, 0, 11, 2}, {11, 0, 13, 2}};
  CHECK_THAT(mean_silhouette(boxes, std::vector<int>{0, 0, 1, 1}),
             Catch::WithinAbs((9.0 / 11 + 7.0 / 9) / 2, 1e-12));
}

TEST_CASE("The zoomed crop is the largest group's mean box, squared, grown and clamped") {
  CHECK_FALSE(zoom_crop({}, 490, 490).has_value());
  // One box: 40 × 20 about (120, 110) → side 60.
  CHECK(zoom_crop(std::vector<PixelBox>{{100, 100, 140, 120}}, 490, 490) == PixelBox{90, 80, 150, 140});
  // Three around there, one elsewhere, which is left out.
  const std::vector<PixelBox> boxes = {
      {98, 100, 138, 120}, {100, 100, 140, 120}, {400, 400, 490, 490}, {102, 100, 142, 120}};
  CHECK(zoom_crop(boxes, 490, 490) == PixelBox{90, 80, 150, 140});
  CHECK(zoom_crop(std::vector<PixelBox>{{0, 0, 40, 40}}, 490, 490) == PixelBox{0, 0, 50, 50});
  CHECK(zoom_crop(std::vector<PixelBox>{{0, 0, 490, 490}}, 490, 490) == PixelBox{0, 0, 490, 490});
}

}  // namespace funcorr
