#include "render/light/environments.h"

#include "db/format/error.h"
#include "db/format/image.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {

using Catch::Matchers::ContainsSubstring;
using tests::TemporaryFolder;

TEST_CASE("folders of environments stand for the maps in them, in name order", "[light]") {
  const TemporaryFolder folder;
  for (const char* name : {"b.exr", "a.hdr", "c.txt"}) folder.write(std::string("maps/") + name, "x");
  CHECK(environment_names({"/some/where/builtin:sky", folder / "maps"}) ==
        std::vector<std::string>{"builtin:sky", (folder / "maps/a.hdr").string(),
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

TEST_CASE("an environment is loaded once", "[light]") {
  EnvironmentCache cache;
  const Environment* sky = &cache.load("builtin:sky");
  cache.load("builtin:studio");
  CHECK(&cache.load("builtin:sky") == sky);
}

}  // namespace funcorr
