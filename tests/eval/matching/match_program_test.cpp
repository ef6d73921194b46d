// funcorr-match and the example program as a user starts them.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/format/image.h"
#include "tests/catch.h"
#include "tests/pipeline/program.h"
#include "tests/temporary_folder.h"
#include "tests/train/run_on_disk.h"

using namespace funcorr;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

struct Outcome {
  int status = 0;
  std::string result, output;  // standard output, and both streams
};

// `arguments`: one by one.
Outcome run(const std::string& program, const std::vector<std::string>& arguments) {
  const tests::Ran ran = tests::run(program, arguments);
  return {ran.status, ran.out, ran.out + ran.err};
}

// A shaded ellipse with alpha; pixel (60, 50) is on it.
Image8 ellipse(double width_px) {
  Image8 image(120, 100, 4);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      std::uint8_t* pixel = image.at(x, y);
      const double dx = (x - 60) / width_px, dy = (y - 50) / 28.0;
      for (int c = 0; c < 3; ++c)
        pixel[c] = static_cast<std::uint8_t>(120 + 100 * std::sin(5 * dx + (c + 3) * dy));
      pixel[3] = dx * dx + dy * dy < 1 ? 255 : 0;
    }
  return image;
}

// A run, two images and where to write.
struct Scene {
  Scene() {
    tests::write_run_on_disk(folder.path());
    save_png(folder / "a.png", ellipse(40));
    save_png(folder / "b.png", ellipse(30));
  }
  Outcome match(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"--checkpoint", folder.path().string(), "--out",
                                       path("out"),    "--function",           "pour with",
                                       path("a.png"),  path("b.png")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(FUNCORR_MATCH, arguments);
  }
  std::string path(const std::string& name) const { return (folder / name).string(); }
  nlohmann::json document() const { return nlohmann::json::parse(std::ifstream(folder / "out.json")); }
  std::string csv() const {
    std::ostringstream text;
    text << std::ifstream(folder / "out.csv").rdbuf();
    return text.str();
  }
  tests::TemporaryFolder folder;
};

}  // namespace

TEST_CASE("funcorr-match discovers matches and writes them as picture, JSON and CSV") {
  const Scene scene;
  const Outcome outcome = scene.match({"--top", "4", "--json"});
  INFO(outcome.output);
  REQUIRE(outcome.status == 0);
  const nlohmann::json document = scene.document();
  REQUIRE(document.at("matches").size() >= 1);
  CHECK(document.at("matches").size() <= 4);
  CHECK(nlohmann::json::parse(outcome.output) == document);
  const std::string csv = scene.csv();
  CHECK(static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n')) ==
        1 + document.at("matches").size());
  CHECK(load_image8(scene.folder / "out.png").width > 400);
}

TEST_CASE("funcorr-match shows the bare backbone's matches beside the model's") {
  const Scene scene;
  REQUIRE(scene.match({"--top", "4"}).status == 0);
  const nlohmann::json alone = scene.document();
  const int width = load_image8(scene.folder / "out.png").width;
  const Outcome outcome = run(
      FUNCORR_MATCH, {"--checkpoint", scene.folder.path().string(), "--out", scene.path("out"), "--function",
                      "pour with", "--top", "4", "--compare", scene.path("a.png"), scene.path("b.png")});
  INFO(outcome.output);
  REQUIRE(outcome.status == 0);
  const nlohmann::json both = scene.document();
  CHECK(both.at("matches") == alone.at("matches"));
  CHECK(both.at("backbone_matches").size() >= 1);
  CHECK(both.at("backbone_matches") != both.at("matches"));
  CHECK_FALSE(alone.contains("backbone_matches"));
  CHECK(load_image8(scene.folder / "out.png").width > 2 * width);
}

TEST_CASE("funcorr-match transfers points and painted pixels, and draws the heatmap of a pixel") {
  const Scene scene;
  REQUIRE(scene.match({"--points", "60,50,70,45"}).status == 0);
  const nlohmann::json points = scene.document().at("matches");
  REQUIRE(points.size() == 2);
  CHECK_THAT(points[0].at("a")[0].get<double>(), Catch::WithinAbs(60, 1));
  CHECK_THAT(points[1].at("a")[1].get<double>(), Catch::WithinAbs(45, 1));

  Image8 paint(120, 100, 1);
  for (int y = 45; y < 55; ++y)
    for (int x = 50; x < 70; ++x) *paint.at(x, y) = 255;
  save_png(scene.folder / "paint.png", paint);
  REQUIRE(scene.match({"--paint", scene.path("paint.png")}).status == 0);
  for (const nlohmann::json& match : scene.document().at("matches")) {
    REQUIRE(match.at("a")[0].get<double>() > 48);
    REQUIRE(match.at("a")[1].get<double>() < 57);
  }

  REQUIRE(scene.match({"--heatmap-at", "60,50"}).status == 0);
  const nlohmann::json heat = scene.document();
  CHECK(heat.at("similarity").get<double>() <= 1.00001);
  CHECK_THAT(scene.csv(), ContainsSubstring("x_b,y_b,similarity"));
}

TEST_CASE("funcorr-match tells what is wrong in one line, with the right status") {
  const Scene scene;
  const auto fails = [&](const std::vector<std::string>& arguments, int status, const std::string& text) {
    const Outcome outcome = scene.match(arguments);
    CHECK(outcome.status == status);
    CHECK_THAT(outcome.output, ContainsSubstring(text));
  };
  fails({"--function", "fly with"}, 1, "fly with");
  fails({"--function", "flying"}, 1, "pour with, cut with");
  fails({"--top", "0"}, 2, "top");
  fails({"--points", "1,2,3"}, 2, "pairs x,y");
  fails({"third.png"}, 2, "third.png");
  fails({"--checkpoint", "/nowhere"}, 1, "/nowhere");
  fails({"--points", "1,1"}, 1, "none of the given pixels");
  const fs::path small = scene.folder / "small.png";
  save_png(small, Image8(3, 3, 1));
  fails({"--mask-a", small.string()}, 1, "small.png");
  CHECK(run(FUNCORR_MATCH, {}).status == 2);
  const Outcome help = run(FUNCORR_MATCH, {"--help"});
  CHECK(help.status == 0);
  CHECK_THAT(help.output, ContainsSubstring("--heatmap-at"));
}

TEST_CASE("a function's name counts as people write it, and the answer says which it is") {
  const Scene scene;
  REQUIRE(scene.match({"--points", "60,50"}).status == 0);
  const nlohmann::json spelled = scene.document();
  CHECK(spelled.at("function") == "pour with");
  for (const char* written : {"Pour-With", "pouring", "pour"}) {
    REQUIRE(scene.match({"--points", "60,50", "--function", written}).status == 0);
    CHECK(scene.document().at("function") == "pour with");
    CHECK(scene.document().at("matches") == spelled.at("matches"));
  }
}

TEST_CASE("an image without alpha and mask is matched whole, with a warning") {
  const Scene scene;
  Image8 rgb(40, 30, 3);
  for (std::size_t i = 0; i < rgb.pixels.size(); ++i) rgb.pixels[i] = static_cast<std::uint8_t>(i * 7);
  save_png(scene.folder / "a.png", rgb);
  const auto matched_whole = [&] {
    const Outcome outcome = scene.match({"--top", "2", "--json"});
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.output, ContainsSubstring("whole image"));
    CHECK(nlohmann::json::parse(outcome.result) == scene.document());  // standard output is JSON alone
  };
  matched_whole();
  Image8 opaque(40, 30, 4);
  std::fill(opaque.pixels.begin(), opaque.pixels.end(), std::uint8_t{255});
  save_png(scene.folder / "a.png", opaque);
  matched_whole();
}

TEST_CASE("the example program prints the transferred point and what it finds") {
  const Scene scene;
  const Outcome outcome = run(FUNCORR_EXAMPLE_MATCH, {scene.folder.path().string(), "pour with",
                                                      scene.path("a.png"), scene.path("b.png"), "60", "50"});
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.output, ContainsSubstring("-> (") && ContainsSubstring("found by itself"));
  CHECK(run(FUNCORR_EXAMPLE_MATCH, {}).status == 2);
}
