// What stages load: LibTorch alone takes longer than all else that a stage needs to start.
#include "pipeline/data_file.h"
#include "tests/catch.h"
#include "tests/pipeline/program.h"

namespace funcorr {
namespace {

bool loads_torch(const std::string& stage) {
  const tests::Ran ran =
      tests::run("/usr/bin/ldd", {(executable_file().parent_path() / ("funcorr-" + stage)).string()});
  REQUIRE(ran.status == 0);
  REQUIRE(ran.out.find("libstdc++") != std::string::npos);
  return ran.out.find("libtorch") != std::string::npos;
}

}  // namespace

TEST_CASE("Stages that train or measure load LibTorch, the others do not") {
  for (const char* stage : {"pack", "features", "train", "pair", "evaluate", "report"}) {
    INFO(stage);
    CHECK(loads_torch(stage));
  }
  for (const char* stage : {"taxonomy", "fetch", "catalog", "select", "filter", "render", "parts", "ground",
                            "aggregate", "mask"}) {
    INFO(stage);
    CHECK_FALSE(loads_torch(stage));
  }
}

}  // namespace funcorr
