#include "render/views/view_options.h"

#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "render/filter/asset_filter.h"
#include "render/integrator/path_tracer.h"
#include "render/views/single_file.h"
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/render/shapes.h"

namespace funcorr {
namespace {

using Catch::Matchers::ContainsSubstring;

template <typename Struct>
void check_defaults_within_ranges() {
  for (const Option& option : Struct::options().described()) {
    INFO(option.name << ": " << option.default_value);
    CHECK(checked_value(option, option.default_value) == option.default_value);
    CHECK_FALSE(option.help.empty());
  }
}

// A text file of the source tree, with every run of blanks as one.
std::string prose(const std::string& file) {
  std::ifstream in(tests::source_dir() / file);
  std::string all, word;
  while (in >> word) all += word + ' ';
  return all;
}

}  // namespace

TEST_CASE("defaults lie within their ranges", "[options]") {
  check_defaults_within_ranges<RenderSettings>();
  check_defaults_within_ranges<ViewOptions>();
  check_defaults_within_ranges<SingleFileOptions>();
  check_defaults_within_ranges<ImportLimits>();
  check_defaults_within_ranges<FilterOptions>();
}

TEST_CASE("what an option table shows as default is what the struct begins with", "[options]") {
  std::map<std::string, nlohmann::json> shown;
  for (const Option& option : ViewOptions::options().described()) shown[option.name] = option.default_value;
  CHECK(shown.at("samples") == RenderSettings{}.samples);
  CHECK(shown.at("samples") == 20);  // less noise than the paper's 100 of Cycles: tools/bench/render.md
  CHECK(shown.at("max_bounces") == RenderSettings{}.max_bounces);
  CHECK(shown.at("view_transform") == "standard");
  CHECK(shown.at("hdri_rotation") == "random");
  CHECK(shown.at("exr_channels") == nlohmann::json{"Z", "N"});
}

TEST_CASE("prose that repeats a default repeats the right one", "[options]") {
  const ViewOptions views;
  const RenderSettings settings;
  const int all = views.label_views + views.train_views;
  CHECK_THAT(prose("README.md"), ContainsSubstring(fmt::format("{} views of {} px, {} samples", all,
                                                               views.size_px, settings.samples)));
  const std::string bench = prose("tools/bench/render.md");
  CHECK_THAT(bench,
             ContainsSubstring(fmt::format("at its defaults — {} samples, {} views", settings.samples, all)));
  CHECK_THAT(bench, ContainsSubstring(fmt::format("ours at the default of {} samples", settings.samples)));
}

TEST_CASE("libraries refuse settings out of their ranges", "[options]") {
  const Scene scene = tests::scene_of(tests::square_mesh(0.5), tests::surface(0.5, 0, 1));
  ImageF map(8, 4, 3);
  for (float& value : map.pixels) value = 1;
  const Environment environment(map);
  RenderSettings settings;
  settings.samples = 0;
  CHECK_THROWS_AS(PathTracer(scene, 1).radiance(training_cameras(1, 16, 1)[0],
                                                {&environment, release_world_from_object()}, settings),
                  UsageError);
  ImportLimits limits;
  limits.max_triangles = 0;
  CHECK_THROWS_AS(import_asset({"/", "a.obj", {}, "y"}, limits), UsageError);
  FilterOptions filter;
  filter.points = 1;
  CHECK_THROWS_AS(filter_asset({"/", "a.obj", {}, "y"}, filter, 0, "/"), UsageError);
}

TEST_CASE("the widest limits are the ends of the options' ranges", "[options]") {
  const ImportLimits limits = ImportLimits::widest();
  CHECK(limits.max_file_bytes() == std::int64_t{64} << 30);
  CHECK(limits.max_triangles == 1'000'000'000);
  CHECK(limits.max_all_texture_pixels() == 4'000'000'000);
}

TEST_CASE("automatic exposure brings every environment to one mean luminance", "[options]") {
  ImageF map(8, 4, 3);
  for (float& value : map.pixels) value = 2;
  const Environment environment(map);
  RenderSettings settings;
  settings.exposure_stops = 0.25;
  CHECK_THAT(settings.stops_in(environment), Catch::WithinAbs(0.25 - 2, 1e-3));  // 2 → 0.5
  settings.auto_exposure = false;
  CHECK(settings.stops_in(environment) == 0.25);
}

}  // namespace funcorr
