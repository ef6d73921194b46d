// What tests/skip.h promises, by this program run again.
#include "tests/skip.h"

#include <filesystem>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/pipeline/program.h"

namespace funcorr::tests {
namespace {

// Runs the hidden case of that name with these variables of the environment.
Ran run_case(const std::string& name, std::vector<std::string> environment) {
  environment.insert(environment.begin(), {"-u", "FUNCORR_REQUIRE_GOLDEN", "-u", "FUNCORR_SKIPPED"});
  environment.insert(environment.end(), {std::filesystem::read_symlink("/proc/self/exe").string(), name});
  return run("/usr/bin/env", environment);
}

}  // namespace

TEST_CASE("hidden: needs golden files", "[.]") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  FAIL(golden << " exists");
}

TEST_CASE("hidden: needs what this machine lacks", "[.]") { skip("no such machine"); }

TEST_CASE("A test without what it needs passes, and is listed with its reason") {
  const TemporaryFolder folder;
  const std::string list = "FUNCORR_SKIPPED=" + (folder / "list").string();
  CHECK(run_case("hidden: needs golden files", {"FUNCORR_GOLDEN=/nowhere", list}).status == 0);
  CHECK(run_case("hidden: needs what this machine lacks", {"FUNCORR_REQUIRE_GOLDEN=1", list}).status == 0);
  CHECK(read_text(folder / "list") ==
        "no golden files; set FUNCORR_GOLDEN to their folder\thidden: needs golden files\n"
        "no such machine\thidden: needs what this machine lacks\n");
}

TEST_CASE("Where reference files are required, a test without them fails") {
  const TemporaryFolder folder;
  const Ran ran =
      run_case("hidden: needs golden files", {"FUNCORR_GOLDEN=/nowhere", "FUNCORR_REQUIRE_GOLDEN=1",
                                              "FUNCORR_SKIPPED=" + (folder / "list").string()});
  CHECK(ran.status != 0);
  CHECK(ran.out.find("no golden files") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder / "list"));
}

}  // namespace funcorr::tests
