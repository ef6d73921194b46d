#include "eval/report/page.h"

#include <algorithm>
#include <cmath>

#include "db/dataset/crop.h"
#include "eval/report/chart.h"
#include "eval/report/figures.h"
#include "tests/catch.h"
#include "tests/eval/metric/measured.h"

namespace funcorr {
namespace {

// Every opened element is closed in order; void elements aside. Returns what is wrong.
std::string unbalanced(const std::string& html) {
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const std::size_t end = html.find('>', at);
    if (end == std::string::npos) return "a tag is not closed";
    std::string tag = html.substr(at + 1, end - at - 1);
    if (tag.starts_with('!') || tag.ends_with('/')) continue;
    const bool closes = tag.starts_with('/');
    if (closes) tag.erase(0, 1);
    tag = tag.substr(0, tag.find(' '));
    if (tag == "meta" || tag == "img") continue;
    if (!closes) {
      open.push_back(tag);
    } else if (open.empty() || open.back() != tag) {
      return "</" + tag + "> without its start";
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> stays open";
}

Image8 plain(int width, int height, std::uint8_t value, int channels = 3) {
  Image8 image(width, height, channels);
  std::fill(image.pixels.begin(), image.pixels.end(), value);
  return image;
}

bool is_grey(const std::uint8_t* pixel) { return pixel[0] == pixel[1] && pixel[1] == pixel[2]; }

}  // namespace

TEST_CASE("the page is well formed, escaped and needs nothing from outside") {
  Results results(1);
  results.add(tests::measured("full", "f/a|||b|||0", "f<&>", true, "transfer.distance", 0.2));
  results.add(tests::measured("chance", "f/a|||b|||0", "f<&>", true, "transfer.distance", 0.4));
  std::string body = table_html(results.overall());
  for (const ResultsTable& table : results.per_function())
    body += details_html(table.title, table_html(table));
  body += plain_table_html({"stage", "count"}, {{"render", "12"}, {"<script>", "3"}}, {false, true});
  body += chart_svg("loss", "step", {{"total", {0, 1, 2}, {3, NAN, 1}}, {"mask", {0, 2}, {1, 0.5}}});
  body += figure_html("a.png", "\"quoted\"", 300);
  const std::string html = page_html("funcorr", "of a <workspace>", {{"Results", body}});
  CHECK(unbalanced(html).empty());
  CHECK(html.find("http") == std::string::npos);
  CHECK(html.find("<script") == std::string::npos);
  CHECK(html.find("f&lt;&amp;&gt;") != std::string::npos);
  CHECK(html.find("<td class=\"n best\">0.200") != std::string::npos);
  CHECK(html.find("href=\"#results\"") != std::string::npos);
  CHECK(html.find("id=\"results\"") != std::string::npos);
}

TEST_CASE("a chart draws its points in place and breaks at what is not finite") {
  const std::string svg = chart_svg("t", "x", {{"a", {0, 1, 2, 3}, {0, 1, NAN, 2}}});
  CHECK(unbalanced(svg).empty());
  // Plot area: x 52 … 508, y 260 … 30.
  CHECK(svg.find("M52.0 260.0L204.0 145.0M508.0 30.0") != std::string::npos);
  CHECK(chart_svg("t", "x", {}).empty());
  CHECK(chart_svg("t", "x", {{"a", {1}, {5}}}).find("nan") == std::string::npos);
}

TEST_CASE("the interval chart marks each row's mean within its panel, and leaves out what is not measured") {
  Results results(1);
  results.add(tests::measured("chance", "p1", "f", true, "discovery.f1@23", 0.0));
  results.add(tests::measured("full", "p1", "f", true, "discovery.f1@23", 1.0));
  const std::string svg = interval_chart_svg(results.overall(), {"discovery.f1@23", "transfer.distance"});
  CHECK(unbalanced(svg).empty());
  CHECK(svg.find("cx=\"165.0\" cy=\"41.0\"") != std::string::npos);  // the panel's left end, first row
  CHECK(svg.find("cx=\"329.0\" cy=\"63.0\"") != std::string::npos);  // its right end, second row
  CHECK(svg.find("distance") == std::string::npos);
  CHECK(interval_chart_svg(results.overall(), {}).empty());
}

TEST_CASE("a thinned curve keeps the means of equal stretches") {
  const Curve thin = thinned({"a", {0, 1, 2, 3}, {1, 3, 5, 11}}, 2);
  CHECK(thin.x == std::vector<double>{0.5, 2.5});
  CHECK(thin.y == std::vector<double>{2, 8});
  CHECK(thinned({"a", {0, 1}, {1, 3}}, 2).y == std::vector<double>{1, 3});
}

TEST_CASE("correspondence pictures give both ends of a pair one colour and others another") {
  const Image8 crop = plain(kCropSize, kCropSize, 200);
  const Image8 picture = draw_correspondence(crop, crop, {{{10, 20}, {100, 120}}, {{200, 210}, {5, 6}}}, 2);
  CHECK(picture.width == 2 * 448 + 8);
  CHECK(picture.height == 448);
  const auto at = [&](int image, int x, int y) { return picture.at(image * (448 + 8) + 2 * x, 2 * y); };
  CHECK(std::equal(at(0, 10, 20), at(0, 10, 20) + 3, at(1, 100, 120)));
  CHECK(std::equal(at(0, 200, 210), at(0, 200, 210) + 3, at(1, 5, 6)));
  CHECK_FALSE(std::equal(at(0, 10, 20), at(0, 10, 20) + 3, at(0, 200, 210)));
  CHECK(is_grey(at(0, 50, 50)));
  CHECK_FALSE(is_grey(at(0, 10, 20)));
  const Image8 lines = draw_match_lines(crop, crop, {{{10, 20}, {10, 20}}}, 5, 1);
  CHECK_FALSE(is_grey(lines.at(120, 20)));  // half way along the line
  CHECK(is_grey(lines.at(120, 60)));
}

TEST_CASE("contact sheets keep every image's shape and place") {
  const Image8 sheet = contact_sheet({plain(100, 50, 10), plain(50, 100, 20), plain(10, 10, 30)}, 2, 40);
  CHECK(sheet.width == 80);
  CHECK(sheet.height == 80);
  CHECK(*sheet.at(20, 20) == 10);
  CHECK(*sheet.at(20, 5) == 255);  // a wide image leaves the top of its cell white
  CHECK(*sheet.at(60, 20) == 20);
  CHECK(*sheet.at(45, 20) == 255);
  CHECK(*sheet.at(20, 60) == 30);
  CHECK(*sheet.at(60, 60) == 255);
}

TEST_CASE("masks are overlaid where they are") {
  Image8 mask = plain(20, 20, 0, 1);
  for (int y = 5; y < 15; ++y)
    for (int x = 5; x < 15; ++x) *mask.at(x, y) = 255;
  const Image8 picture = overlay_mask(plain(20, 20, 128), mask);
  CHECK(is_grey(picture.at(1, 1)));
  CHECK_FALSE(is_grey(picture.at(10, 10)));
  CHECK(picture.at(5, 10)[0] < picture.at(10, 10)[0]);  // a dark outline
  CHECK_THROWS_AS(overlay_mask(plain(10, 10, 0), mask), std::invalid_argument);
}

TEST_CASE("heat leaves cold pixels grey and turns hot ones yellow") {
  Image8 heat = plain(10, 10, 0, 1);
  *heat.at(3, 4) = 255;
  *heat.at(5, 5) = 80;
  const Image8 picture = overlay_heat(plain(10, 10, 128), heat);
  CHECK(is_grey(picture.at(0, 0)));
  CHECK(picture.at(3, 4)[0] > 200);
  CHECK(picture.at(3, 4)[2] < 100);
  CHECK(picture.at(5, 5)[1] < picture.at(3, 4)[1]);
  CHECK_THROWS_AS(overlay_heat(plain(9, 10, 0), heat), std::invalid_argument);
}

}  // namespace funcorr
