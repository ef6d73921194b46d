// Replies of segmentation servers: masks come back whole, in whatever spelling, and what is none is told so.
#include "labeling/mask/mask_reply.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/format/hash.h"
#include "db/format/image.h"
#include "db/format/png.h"
#include "db/format/random.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

using Bits = std::vector<std::vector<bool>>;  // by row, of the padded square

// An encoder that shares nothing with the reader: letter by letter, from the matrix.
std::vector<std::int64_t> counts_of(const Bits& bits) {
  std::string letters;
  for (std::size_t x = 0; x < bits[0].size(); ++x)
    for (const std::vector<bool>& row : bits) letters += row[x] ? 'I' : 'o';
  std::vector<std::int64_t> counts;
  char expected = 'o';
  while (!letters.empty()) {
    const std::size_t length = std::min(letters.find_first_not_of(expected), letters.size());
    counts.push_back(static_cast<std::int64_t>(length));
    letters.erase(0, length);
    expected = expected == 'o' ? 'I' : 'o';
  }
  return counts;
}

// Groups of five bits in two's complement, as many as the sign needs.
std::string compressed(const std::vector<std::int64_t>& counts) {
  std::string text;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::int64_t number = i > 2 ? counts[i] - counts[i - 2] : counts[i];
    int groups = 1;
    while (number < -(std::int64_t{1} << (5 * groups - 1)) || number >= (std::int64_t{1} << (5 * groups - 1)))
      ++groups;
    for (int group = 0; group < groups; ++group)
      text += static_cast<char>(48 + ((number >> (5 * group)) & 31) + (group + 1 < groups ? 32 : 0));
  }
  return text;
}

Image8 image_of(const Bits& bits, int channels = 1) {
  Image8 image(static_cast<int>(bits[0].size()), static_cast<int>(bits.size()), channels);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < channels; ++c)
        image.at(x, y)[c] = bits[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)] ? 255 : 0;
  return image;
}

std::string png_of(const Image8& image) {
  const std::vector<std::uint8_t> png = encode_png(image);
  return base64(std::as_bytes(std::span(png)));
}

Bits random_bits(int side, Random& random) {
  Bits bits(static_cast<std::size_t>(side), std::vector<bool>(static_cast<std::size_t>(side)));
  const std::uint64_t run = 1 + random.below(40);  // long runs need long numbers
  bool is_inside = random.below(2) == 0;
  for (int x = 0; x < side; ++x)
    for (int y = 0; y < side; ++y) {
      if (random.below(run) == 0) is_inside = !is_inside;
      bits[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)] = is_inside;
    }
  return bits;
}

// What the reader is to find: the square's bits inside the picture.
Image8 in_picture(const Bits& bits, const SquarePadding& image) {
  Image8 out(image.width, image.height, 1);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      *out.at(x, y) =
          bits[static_cast<std::size_t>(y + image.top())][static_cast<std::size_t>(x + image.left())] ? 255
                                                                                                      : 0;
  return out;
}

json rle(const Bits& bits, json counts) {
  return {{"size", {bits.size(), bits[0].size()}}, {"counts", std::move(counts)}};
}

std::vector<std::string> spellings(const Bits& bits) {
  const auto counts = counts_of(bits);
  const json packed = rle(bits, compressed(counts)), listed = rle(bits, counts);
  const std::string png = png_of(image_of(bits));
  return {packed.dump(),
          listed.dump(),
          std::string("Here it is:\n```json\n").append(json{{"masks", {packed}}}.dump()).append("\n```"),
          json{{"masks", {{{"segmentation", listed}, {"predicted_iou", 0.5}}}}, {"other", 1}}.dump(),
          json{{"mask", png}}.dump(),
          json{{"masks", {"data:image/png;base64," + png}}, {"scores", {0.5}}}.dump(),
          json{{"masks", {{{"png", png_of(image_of(bits, 3))}}}}}.dump(),
          json{{"masks", {{{"rle", packed}}}}}.dump()};
}

std::optional<ReplyMask> sam(const std::string& reply, const SquarePadding& image) {
  return read_mask(MaskFormat::kSam, reply, image, {0, 0, image.width, image.height});
}

std::string gemini_reply(const std::vector<int>& box, const Image8& mask) {
  return json::array(
             {json{{"box_2d", box}, {"mask", std::string("data:image/png;base64,").append(png_of(mask))}}})
      .dump();
}

}  // namespace

TEST_CASE("COCO's letters are read as its own tools write them") {
  const auto runs = [](const char* counts, int width, int height) {
    return read_coco_counts(counts, width, height).runs;
  };
  using Runs = std::vector<std::uint32_t>;
  CHECK(runs("132", 3, 2) == Runs{1, 3, 2});
  CHECK(runs("06", 3, 2) == Runs{0, 6});
  CHECK(runs("?1", 4, 4) == Runs{15, 1});
  CHECK(runs("`00", 4, 4) == Runs{16});  // 16 needs two letters; then a run of none
  CHECK(runs("o01", 8, 4) == Runs{31, 1});
  CHECK(runs("543N", 7, 2) == Runs{5, 4, 3, 2});  // the fourth is a difference: 2 − 4
  CHECK(runs("10041", 6, 1) == Runs{1, 4, 1});
  CHECK(runs("1041", 6, 1) == Runs{5, 1});  // runs of none join their neighbours
}

TEST_CASE("A mask comes back from all spellings of segmentation models, without the padding") {
  Random random(5);
  for (const SquarePadding image : {SquarePadding{9, 9}, SquarePadding{40, 13}, SquarePadding{7, 70}})
    for (int i = 0; i < 20; ++i) {
      const Bits bits = random_bits(image.side(), random);
      const Image8 expected = in_picture(bits, image);
      const bool is_empty = std::ranges::count(expected.pixels, 0) == std::ssize(expected.pixels);
      for (const std::string& reply : spellings(bits)) {
        INFO(reply);
        const auto read = sam(reply, image);
        REQUIRE(read.has_value() == !is_empty);
        if (!read) continue;
        CHECK(mask_image(read->mask).pixels == expected.pixels);
        CHECK((read->score == -1 || read->score == 0.5));
      }
    }
}

TEST_CASE("Of several masks the one with the best score counts, and no mask is an answer") {
  const SquarePadding image{4, 4};
  Bits left(4, {true, false, false, false}), right(4, {false, false, false, true});
  const auto told = [](const Bits& bits, double score) {
    json mask = rle(bits, compressed(counts_of(bits)));
    mask["score"] = score;
    return mask;
  };
  const auto read = sam(json{{"masks", {told(left, 0.3), told(right, 0.8)}}}.dump(), image);
  REQUIRE(read);
  CHECK(read->score == 0.8);
  CHECK(mask_image(read->mask).pixels == in_picture(right, image).pixels);
  const auto listed =
      sam(json{{"masks", {rle(left, counts_of(left)), rle(right, counts_of(right))}}, {"scores", {0.9, 0.1}}}
              .dump(),
          image);
  REQUIRE(listed);
  CHECK(mask_image(listed->mask).pixels == in_picture(left, image).pixels);
  CHECK_FALSE(sam(R"({"masks": []})", image));
  CHECK_FALSE(sam("[]", image));
  CHECK_FALSE(sam(R"({"size": [4, 4], "counts": [16]})", image));
  CHECK_FALSE(read_mask(MaskFormat::kGemini, "```json\n[]\n```", image, {}));
}

TEST_CASE("Gemini's mask is stretched over its box, of several the one that is asked for") {
  const SquarePadding image{100, 60};  // 20 px of padding above and below
  Image8 mask(2, 2, 1);
  mask.pixels = {255, 0, 255, 255};
  // Thousandths of a square of 100 px: x 10 … 50, y 30 … 70, so rows 10 … 50 of the picture.
  const std::string reply = gemini_reply({300, 100, 700, 500}, mask);
  const auto read = read_mask(MaskFormat::kGemini, reply, image, {10, 10, 50, 50});
  REQUIRE(read);
  const Image8 pixels = mask_image(read->mask);
  for (int y = 0; y < 60; ++y)
    for (int x = 0; x < 100; ++x) {
      const bool in_box = x >= 10 && x < 50 && y >= 10 && y < 50, is_hole = x >= 30 && y < 30;
      CHECK((*pixels.at(x, y) == 255) == (in_box && !is_hole));
    }
  json two = json::parse(reply);
  two.push_back(json::parse(gemini_reply({200, 800, 400, 1000}, image_of({{true}})))[0]);
  const auto second = read_mask(MaskFormat::kGemini, two.dump(), image, {78, 0, 100, 22});
  REQUIRE(second);
  CHECK(std::ranges::count(mask_image(second->mask).pixels, 255) == 20 * 20);
  // Beyond the picture there is nothing to cover: the padding is none of it.
  CHECK_FALSE(read_mask(MaskFormat::kGemini, gemini_reply({0, 0, 200, 1000}, image_of({{true}})), image, {}));
}

TEST_CASE("What is no mask of the picture is told in a line") {
  const SquarePadding image{8, 8};
  const auto sam_says = [&](const std::string& reply, const std::string& says) {
    INFO(reply);
    CHECK_THROWS_AS(sam(reply, image), MaskError);
    CHECK_THROWS_WITH(sam(reply, image), ContainsSubstring(says));
  };
  const auto counts = [](const std::string& value, const std::string& size = "[8, 8]") {
    return R"({"size": )" + size + R"(, "counts": )" + value + "}";
  };
  sam_says("I cannot see it.", "no JSON");
  sam_says(R"({"masks": 3})", "neither");
  sam_says(R"({"masks": [{}]})", "neither");
  sam_says(counts("[64]", "[8]"), "[height, width]");
  sam_says(counts("[64]", "[\"8\", 8]"), "[height, width]");
  sam_says(counts("[64]", "[8, 9]"), "9 × 8 pixels for a picture of 8 × 8");
  sam_says(counts("[64]", "[1000000000, 1000000000]"), "1000000000");
  sam_says(counts("[63]"), "end 1 pixels before");
  sam_says(counts("[60, 5]"), "a run of 5 pixels where 4 are left");
  sam_says(counts("[4, -2, 62]"), "a run of -2");
  sam_says(counts("[9223372036854775807]"), "a run of");
  sam_says(counts("[32.5, 31.5]"), "no integer");
  sam_says(counts("true"), "neither a text nor a list");
  sam_says(counts("\"oooooooo0\""), "too long");
  sam_says(counts("\"oo\""), "cut off");
  sam_says(counts("\"4 4\""), "none of COCO's");
  sam_says(counts("\"\""), "end 64 pixels before");
  sam_says(R"({"mask": "%%%"})", "no base64");
  sam_says(R"({"mask": ""})", "no PNG");
  const Image8 white = image_of(Bits(8, std::vector<bool>(8, true)), 3);
  const auto jpeg = encode_jpeg(white, 90);
  sam_says(json{{"mask", base64(std::as_bytes(std::span(jpeg)))}}.dump(), "no PNG");
  auto png = encode_png(white);
  png.resize(png.size() - 6);
  sam_says(json{{"mask", base64(std::as_bytes(std::span(png)))}}.dump(), "cut off");
  auto damaged = encode_png(white);
  damaged[damaged.size() - 20] ^= 1U;  // of the last pixels' check
  sam_says(json{{"mask", base64(std::as_bytes(std::span(damaged)))}}.dump(), "a mask's PNG");
  sam_says(json{{"mask", png_of(Image8(4, 4, 1))}}.dump(), "4 × 4 pixels for a picture of 8 × 8");
  sam_says(json{{"mask", png_of(Image8(100, 100, 1))}}.dump(), "100");  // refused before it is decoded

  const auto gemini_says = [&](const std::string& reply, const std::string& says) {
    INFO(reply);
    CHECK_THROWS_AS(read_mask(MaskFormat::kGemini, reply, image, {}), MaskError);
    CHECK_THROWS_WITH(read_mask(MaskFormat::kGemini, reply, image, {}), ContainsSubstring(says));
  };
  const Image8 one = image_of({{true}});
  gemini_says(R"([{"mask": "x"}])", "box_2d");
  gemini_says(gemini_reply({0, 0, 500}, one), "box_2d");
  gemini_says(gemini_reply({500, 0, 500, 500}, one), "holds nothing");
  gemini_says(gemini_reply({700, 0, 300, 500}, one), "holds nothing");
  gemini_says(R"([{"box_2d": [0, 0, 500, 500]}])", "\"mask\" is no text");
  gemini_says(gemini_reply({0, 0, 500, 500}, Image8(4100, 4100, 1)), "4100");
}

TEST_CASE("Random bytes in replies end as masks of the picture or in a line") {
  Random random(11);
  const SquarePadding image{24, 17};
  int read = 0, refused = 0;
  for (int i = 0; i < 300; ++i) {
    const Bits bits = random_bits(image.side(), random);
    std::vector<std::pair<MaskFormat, std::string>> replies;
    for (std::string& reply : spellings(bits)) replies.emplace_back(MaskFormat::kSam, std::move(reply));
    replies.emplace_back(MaskFormat::kGemini, gemini_reply({100, 200, 900, 700}, image_of(bits)));
    for (auto& [format, reply] : replies) {
      for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
        const std::size_t at = random.below(reply.size());
        switch (random.below(4)) {
          case 0:
            reply[at] = static_cast<char>(random.below(256));
            break;
          case 1:
            reply[at] = static_cast<char>('0' + random.below(64));
            break;
          case 2:
            reply.erase(at, 1 + random.below(8));
            break;
          default:
            reply.insert(at, 1 + random.below(8), reply[random.below(reply.size())]);
        }
        if (reply.empty()) reply.assign(1, '{');
      }
      try {
        const auto mask = read_mask(format, reply, image, {0, 0, 24, 17});
        if (mask) CHECK(mask_image(mask->mask).pixels.size() == 24 * 17);
        ++read;
      } catch (const MaskError&) {
        ++refused;
      }
    }
  }
  CHECK(read > 100);
  CHECK(refused > 100);
}

}  // namespace funcorr
