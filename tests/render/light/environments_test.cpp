#include "render/light/environments.h"

#include <algorithm>
#include <limits>

#include "db/format/error.h"
#include "db/format/image.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {

using Catch::Matchers::ContainsSubstring;
using tests::TemporaryFolder;

TEST_CASE("folders of environments stand for the maps in them, in name order", "[light]") {
  const TemporaryFolder folder;
  for (const char* name : {"b.exr", "a.HDR", "c.txt"}) folder.write(std::string("maps/") + name, "x");
  CHECK(environment_names({"/some/where/builtin:sky", folder / "maps"}) ==
        std::vector<std::string>{"builtin:sky", (folder / "maps/a.HDR").string(),
                                 (folder / "maps/b.exr").string()});
  CHECK(environment_title("builtin:sky") == "builtin:sky");
  CHECK(environment_title((folder / "maps/b.exr").string()) == "b.exr");
}

TEST_CASE("environments that are not there are told", "[light]") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "empty");
  CHECK_THROWS_AS(environment_names({}), UsageError);
  CHECK_THROWS_AS(environment_names({"builtin:room"}), UsageError);
  CHECK_THROWS_WITH(environment_names({folder / "empty"}), ContainsSubstring("has no .exr or .hdr file"));
  CHECK_THROWS_WITH(environment_names({folder / "none.exr"}), ContainsSubstring("does not exist"));
  folder.write("bad.exr", "no picture");
  EnvironmentCache cache;
  CHECK_THROWS_AS(cache.load((folder / "bad.exr").string()), EnvironmentError);
}

TEST_CASE("infinite texels of an environment are said", "[light]") {
  const TemporaryFolder folder;
  ImageF map(16, 8, 3);
  std::fill(map.pixels.begin(), map.pixels.end(), 1.0F);
  const auto notice = [&] {
    save_exr(folder / "sun.exr", map, {"R", "G", "B"});
    EnvironmentCache cache;
    const std::string name = (folder / "sun.exr").string();
    return environment_notice(name, cache.load(name));
  };
  CHECK(notice().empty());
  for (int x : {3, 4}) std::fill_n(map.at(x, 2), 3, std::numeric_limits<float>::infinity());
  map.at(9, 5)[0] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THAT(notice(),
             ContainsSubstring("sun.exr: 2 texels are infinite") && ContainsSubstring("1 are not a"));
}

TEST_CASE("an environment is loaded once", "[light]") {
  EnvironmentCache cache;
  const Environment* sky = &cache.load("builtin:sky");
  cache.load("builtin:studio");
  CHECK(&cache.load("builtin:sky") == sky);
}

}  // namespace funcorr
