// How the families spell boxes: by the examples of their documentation, and what servers make of them.
#include <string>
#include <vector>

#include <fmt/format.h>

#include "db/format/random.h"
#include "labeling/box/format.h"
#include "labeling/client/json_schema.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

struct Row {
  std::string reply;
  std::vector<Box> boxes;
};

// 400 × 200 px in a square of 400: 100 px of white above and below.
constexpr SquarePadding kImage{400, 200};

void check(const std::string& format, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const auto boxes = parse_boxes(box_format(format), row.reply, kImage);
    INFO(format << ": " << row.reply);
    REQUIRE(boxes.size() == row.boxes.size());
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      const PixelBox& box = boxes[i].pixels;
      INFO(fmt::format("{} {} {} {} {}", box.x1, box.y1, box.x2, box.y2, to_string(boxes[i].flag)));
      CHECK(boxes[i] == row.boxes[i]);
    }
  }
}

// From (0.25, 0.5) to (0.5, 0.75) of the square; and from (0, 0.25) to (0.125, 0.375).
const Box kFirst{{100, 100, 200, 200}, BoxFlag::kNone}, kSecond{{0, 0, 50, 50}, BoxFlag::kNone};

}  // namespace

TEST_CASE("Qwen-VL and Qwen2-VL: two corners, in thousandths") {
  check("qwen-vl",
        {{"<ref>the rim</ref><box>(250,500),(500,750)</box>", {kFirst}},
         {"<|box_start|>(250,500),(500,750)<|box_end|><|box_start|>(0,250),(125,375)<|box_end|>",
          {kFirst, kSecond}},
         {"The rim (see there) is at (250, 500), (500, 750).", {kFirst}},  // special tokens stripped
         {"(250,500),(500", {}},
         {"(250,500)", {}},
         {"(250,500,500,750)", {}},
         {"(500,750),(250,500)", {{{200, 200, 100, 100}, BoxFlag::kInverted}}},
         {"(250,500),(1001,750)", {{{100, 100, 400, 200}, BoxFlag::kClipped}}},
         {"(250,500),(1021,750)", {{{100, 100, 408, 200}, BoxFlag::kOutOfRange}}}});
}

TEST_CASE("Qwen2.5-VL: JSON in pixels of the picture it sees, of sides that are multiples of 28") {
  // 400 / 28 = 14.3: it sees 392 px.
  check("qwen2.5-vl",
        {{"```json\n[\n\t{\"bbox_2d\": [98, 196, 196, 294], \"label\": \"rim\"}\n]\n```", {kFirst}},
         {"[{\"bbox_2d\": [98, 196, 196, 294]}, {\"bbox_2d\": [0, 98, 49, 147]}]", {kFirst, kSecond}},
         {"{\"bbox_2d\": [98, 196, 196, 294], \"label\": \"[1,2,3,4]\"}", {kFirst}},
         {"Sure: [98, 196, 196, 294]", {kFirst}},
         {"[{\"bbox_2d\": [98, 196, 196, 294], \"label\": \"rim\"}, {\"bbox_2d\": [0, 98,", {kFirst}},
         {"{\"bbox_2d\": [98, 196, 196]}", {}},
         {"{\"bbox_2d\": null}", {}},
         {"{\"bbox_2d\": [98, 196, 393, 294]}", {{{100, 100, 400, 200}, BoxFlag::kClipped}}},
         {"{\"bbox_2d\": [98, 196, 401, 294]}", {{{100, 100, 409, 200}, BoxFlag::kOutOfRange}}}});
}

TEST_CASE("Qwen2.5-VL's picture size follows its processor at both ends") {
  const auto whole = [](int side, int resized) {
    const std::string reply = fmt::format("{{\"bbox_2d\": [0, 0, {0}, {0}]}}", resized);
    const auto boxes = parse_boxes(box_format("qwen2.5-vl"), reply, {side, side});
    return boxes.size() == 1 && boxes[0].pixels == PixelBox{0, 0, side, side} &&
           boxes[0].flag == BoxFlag::kNone;
  };
  CHECK(whole(490, 504));  // 17.5 rounds half to even, 18
  CHECK(whole(448, 448));
  CHECK(whole(20, 56));  // never fewer than 56² pixels
  CHECK(whole(40, 56));
  CHECK(whole(8000, 3584));  // never more than 16384 patches of 28²
}

TEST_CASE("Qwen3-VL: JSON in thousandths") {
  check("qwen3-vl",
        {{"```json\n[{\"bbox_2d\": [250, 500, 500, 750], \"label\": \"rim\"}]\n```", {kFirst}},
         {"[{'bbox_2d': [250, 500, 500, 750]}, {'bbox_2d': [0, 250, 125, 375]}]", {kFirst, kSecond}},
         {"There are none.", {}}});
}

TEST_CASE("Gemini: JSON with y first, in thousandths") {
  check("gemini",
        {{"[{\"box_2d\": [500, 250, 750, 500], \"label\": \"rim\"}]", {kFirst}},
         {"```json\n[\n  {\"box_2d\": [500, 250, 750, 500], \"label\": \"a\"},\n  {\"box_2d\": [250, 0, "
          "375, 125], \"label\": \"b\"}\n]\n```",
          {kFirst, kSecond}},
         {"[500, 250, 750, 500]", {kFirst}},
         {"[]", {}}});
}

TEST_CASE("InternVL: double brackets in thousandths, or fractions") {
  check("internvl", {{"<ref>rim</ref><box>[[250, 500, 500, 750]]</box>", {kFirst}},
                     {"rim[[250, 500, 500, 750], [0, 250, 125, 375]]", {kFirst, kSecond}},
                     {"[[0.25, 0.5, 0.5, 0.75]]", {kFirst}},
                     {"[[0.25, 0.5, 0.5]]", {}}});
}

TEST_CASE("GLM-4.1V and 4.5V: any bracket, in thousandths") {
  check("glm", {{"<|begin_of_box|>[250,500,500,750]<|end_of_box|>", {kFirst}},
                {"<|begin_of_box|>[[250,500,500,750],[0,250,125,375]]<|end_of_box|>", {kFirst, kSecond}},
                {"It is at (250,500,500,750).", {kFirst}},
                {"{250, 500, 500, 750}", {kFirst}},
                {"<|begin_of_box|>250 500 500 750<|end_of_box|>", {kFirst}},
                {"<|begin_of_box|>{\"bbox_2d\": [250, 500, 500, 750]}<|end_of_box|>", {kFirst}},
                {"[250,500,500,750)", {kFirst}}});
}

TEST_CASE("DeepSeek-VL2: double brackets in 999ths") {
  check("deepseek-vl2",
        {{"<|ref|>rim<|/ref|><|det|>[[250, 500, 500, 749]]<|/det|><|end_of_sentence|>", {kFirst}},
         {"rim[[250, 500, 500, 749], [0, 250, 125, 375]]", {kFirst, kSecond}},
         {"[[0, 0, 999, 999]]", {{{0, 0, 400, 200}, BoxFlag::kNone}}},
         {"[[0, 0, 1000, 999]]", {{{0, 0, 400, 200}, BoxFlag::kClipped}}},
         {"[[0, 0, 1020, 999]]", {{{0, -100, 408, 300}, BoxFlag::kOutOfRange}}}});
}

TEST_CASE("Florence-2: bins, whose middle counts") {
  check(
      "florence-2",
      {{"rim<loc_250><loc_500><loc_500><loc_750>", {kFirst}},
       {"</s><s>a<loc_250><loc_500><loc_500><loc_750>b<loc_0><loc_250><loc_125><loc_375>", {kFirst, kSecond}},
       {"<loc_250><loc_500><loc_500>", {}},
       {"<loc_250><loc_500>rim<loc_500><loc_750>", {}},
       {"<loc_250><loc_500><loc_500><loc_1000>", {{{100, 100, 200, 200}, BoxFlag::kClipped}}},
       {"<loc_250><loc_500><loc_500><loc_1023>", {{{100, 100, 200, 309}, BoxFlag::kOutOfRange}}}});
}

TEST_CASE("Kosmos-2: two cells of 32 × 32, row by row") {
  // Cells (8, 16) and (15, 23): middles at 8.5 / 32 · 400 = 106.25 and so on.
  check("kosmos-2",
        {{"<phrase>rim</phrase><object><patch_index_0520><patch_index_0751></object>",
          {{{106, 106, 194, 194}, BoxFlag::kNone}}},
         {"<patch_index_0520><patch_index_0527>",
          {{{100, 100, 200, 112}, BoxFlag::kNone}}},  // one row: whole cells
         {"<patch_index_0520><patch_index_0520>", {{{100, 100, 112, 112}, BoxFlag::kNone}}},
         {"<patch_index_0520></delimiter>", {}},
         {"<patch_index_0520><patch_index_1100>", {{{106, 106, 156, 331}, BoxFlag::kOutOfRange}}}});
}

TEST_CASE("Molmo: points in per cent") {
  check("molmo",
        {{"<point x=\"37.5\" y=\"62.5\" alt=\"rim\">rim</point>", {{{142, 142, 158, 158}, BoxFlag::kNone}}},
         {"<points x1=\"37.5\" y1=\"62.5\" x2=\"0.5\" y2=\"30\" alt=\"rim\">rim</points>",
          {{{142, 142, 158, 158}, BoxFlag::kNone}, {{0, 12, 10, 28}, BoxFlag::kNone}}},
         {"<points x1=\"37.5\" y2=\"62.5\">", {}},
         {"<point x=\"37.5\">", {}},
         {"<point x=\"137.5\" y=\"62.5\">", {{{550, 150, 550, 150}, BoxFlag::kOutOfRange}}}});
}

TEST_CASE("ManipVQA: fractions of the padded square") {
  check("manipvqa", {{"[0.25, 0.5, 0.5, 0.75]", {kFirst}},
                     {"0.25 0.50 0.50 0.75", {kFirst}},
                     {"At 0.25,0.5,0.5,0.75 and [0.0,0.25,0.125,0.375].", {kFirst, kSecond}},
                     {"0.25, 0.5, 0.5", {}},
                     {"0.25, 0.5, 0.5, 0.75, 0.9", {}},
                     {"[0.25, 0.5, 0.5, 1.75]", {{{100, 100, 200, 600}, BoxFlag::kOutOfRange}}}});
}

TEST_CASE("Molmo 2: points in thousandths, each with its number, behind the picture's") {
  check("molmo-2",
        {{"<points coords=\"1 1 375 625\">rim</points>", {{{142, 142, 158, 158}, BoxFlag::kNone}}},
         {"Counting the <points coords=\"1 1 375 625 2 005 300\" alt=\"rim\">rims</points> shows 2.",
          {{{142, 142, 158, 158}, BoxFlag::kNone}, {{0, 12, 10, 28}, BoxFlag::kNone}}},
         {"<points coords=\"1 1 375 625;2 1 005 300\"/>",
          {{{142, 142, 158, 158}, BoxFlag::kNone}, {{0, 12, 10, 28}, BoxFlag::kNone}}},
         {"<points coords=\"1 1 375\">", {}},
         {"<points coords=\"1 1 1375 625\">", {{{550, 150, 550, 150}, BoxFlag::kOutOfRange}}},
         {"There are none.", {}}});
  CHECK(says_nothing_found(box_format("molmo-2"), "There are none."));
}

TEST_CASE("PaliGemma: four bins of 1024, y first") {
  check("paligemma", {{"<loc0512><loc0256><loc0768><loc0512> rim", {kFirst}},
                      {"<loc0512><loc0256><loc0768><loc0512> a ; <loc0256><loc0000><loc0384><loc0128> b",
                       {kFirst, kSecond}},
                      {"<loc0512><loc0256><loc0768><loc0512><seg114><seg074> rim", {kFirst}},
                      {"<loc_250><loc_500><loc_500><loc_750>", {}},
                      {"<loc0512><loc0256><loc0768>", {}}});
}

TEST_CASE("MiniCPM-V: four numbers in a tag, in thousandths") {
  check("minicpm-v", {{"<ref>the rim</ref><box>250 500 500 750</box>", {kFirst}},
                      {"<box>250 500 500 750</box><box>0, 250, 125, 375</box>", {kFirst, kSecond}},
                      {"<box>250 500 500</box>", {}},
                      {"<box>[[250, 500, 500, 750]]</box>", {}}});
}

TEST_CASE("Moondream: fractions by the names of the sides") {
  check("moondream",
        {{"{\"objects\": [{\"x_min\": 0.25, \"y_min\": 0.5, \"x_max\": 0.5, \"y_max\": 0.75}]}", {kFirst}},
         {"[{'y_min': 0.5, 'x_min': 0.25, 'y_max': 0.75, 'x_max': 0.5}, "
          "{'x_min': 0, 'y_min': 0.25, 'x_max': 0.125, 'y_max': 0.375}]",
          {kFirst, kSecond}},
         {"{\"x_min\": 0.25, \"y_min\": 0.5, \"x_max\": 0.5}", {}},
         {"{\"objects\": []}", {}}});
  CHECK(says_nothing_found(box_format("moondream"), "{\"objects\": []}"));
}

TEST_CASE("Pixels: of the picture as it was sent, or as the provider resized it") {
  check("pixels", {{"[{\"bbox\": [100, 200, 200, 300], \"label\": \"rim\"}]", {kFirst}},
                   {"It is at [100, 200, 200, 300].", {kFirst}},
                   {"```json\n[]\n```", {}}});
  check("claude", {{"[{\"bbox\": [100, 200, 200, 300]}]", {kFirst}}});  // small: not resized
  check("openai", {{"[{\"bbox\": [100, 200, 200, 300]}]", {kFirst}}});
  const SquarePadding large{2000, 2000};
  const auto first = [&](const char* format, int side) {
    return parse_boxes(box_format(format), fmt::format("[0, 0, {0}, {0}]", side), large).at(0);
  };
  CHECK(first("pixels", 500).pixels == PixelBox{0, 0, 500, 500});
  CHECK(first("claude", 273).pixels == PixelBox{0, 0, 500, 500});
  CHECK(first("openai", 192).pixels == PixelBox{0, 0, 500, 500});
  CHECK(first("claude", 1093).flag == BoxFlag::kClipped);
  CHECK(first("openai", 1093).flag == BoxFlag::kOutOfRange);
}

TEST_CASE("Several points are a box each, or one around all") {
  const std::string reply = "[{\"point\": [625, 375], \"label\": \"a\"}, {\"point\": [300, 5]}]";
  check("gemini-points",
        {{reply, {{{142, 142, 158, 158}, BoxFlag::kNone}, {{0, 12, 10, 28}, BoxFlag::kNone}}}});
  const auto around = parse_boxes(box_format("gemini-points"), reply, kImage, PointsAs::kHull);
  REQUIRE(around.size() == 1);
  CHECK(around[0].pixels == PixelBox{0, 12, 158, 158});
  CHECK(parse_boxes(box_format("cogvlm"), "[[1,300,200,400]][[300,300,400,400]]", kImage, PointsAs::kHull)
            .size() == 2);
}

TEST_CASE("An empty list says that there is nothing, prose does not") {
  CHECK(says_nothing_found(box_format("qwen3-vl"), "```json\n[]\n```"));
  CHECK(says_nothing_found(box_format("gemini"), " [ ] "));
  CHECK_FALSE(says_nothing_found(box_format("gemini"), "I cannot see any rim."));
  CHECK_FALSE(says_nothing_found(box_format("gemini"), ""));
  CHECK_FALSE(says_nothing_found(box_format("cogvlm"), "[]"));
}

TEST_CASE("The schema of a reply is met by what the format reads") {
  const std::vector<std::pair<std::string, std::string>> replies = {
      {"qwen3-vl", R"({"boxes": [{"bbox_2d": [250, 500, 500, 750], "label": "rim"}]})"},
      {"gemini", R"({"boxes": [{"box_2d": [500, 250, 750, 500], "label": "rim"}]})"},
      {"pixels", R"({"boxes": [{"bbox": [100, 200, 200, 300], "label": "rim"}]})"},
      {"moondream", R"({"objects": [{"x_min": 0.25, "y_min": 0.5, "x_max": 0.5, "y_max": 0.75}]})"}};
  for (const auto& [format, reply] : replies) {
    INFO(reply);
    CHECK(schema_violation_of_text(box_schema(box_format(format)), reply).empty());
    check(format, {{reply, {kFirst}}});
  }
  for (const char* format : {"qwen3-vl", "gemini-points"}) {
    const std::string nothing = R"({"boxes": []})";
    CHECK(schema_violation_of_text(box_schema(box_format(format)), nothing).empty());
    CHECK(says_nothing_found(box_format(format), nothing));
  }
  CHECK(box_schema(box_format("cogvlm")).is_null());
}

TEST_CASE("No family is harmed by any text, and sound boxes lie in the image") {
  const std::string letters = "[](){};,\"':<>|_-.=0123456789 xy1bo_2dlocpatch_index\n\xff";
  Random random(8);
  for (const BoxFormat& format : box_formats())
    for (int i = 0; i < 3000; ++i) {
      std::string reply;
      for (std::uint64_t n = random.below(80); n > 0; --n) {
        constexpr std::array<std::string_view, 14> kPieces = {"coords=\"1 ",
                                                              "<box>",
                                                              "{\"x_min\": ",
                                                              "\"point\": [",
                                                              "<loc02",
                                                              "[[",
                                                              "]]",
                                                              "<loc_",
                                                              "<patch_index_",
                                                              " x=\"",
                                                              "\" y=\"",
                                                              "\"bbox_2d\": [",
                                                              "),(",
                                                              "999999999999999999999"};
        if (random.below(4) == 0)
          reply += kPieces[random.below(kPieces.size())];
        else
          reply += letters[random.below(letters.size())];
      }
      INFO(format.name << ": " << reply);
      for (const Box& parsed : parse_boxes(format, reply, kImage)) {
        if (!is_sound(parsed.flag)) continue;
        REQUIRE(parsed.pixels.x1 >= 0);
        REQUIRE(parsed.pixels.y1 >= 0);
        REQUIRE(parsed.pixels.x2 <= kImage.width);
        REQUIRE(parsed.pixels.y2 <= kImage.height);
        REQUIRE(parsed.pixels.width() > 0);
        REQUIRE(parsed.pixels.height() > 0);
      }
    }
}

}  // namespace funcorr
