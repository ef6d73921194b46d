// What `cmake --install` lays down is complete: it works where the build folder is out of its sight.
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "pipeline/data_file.h"
#include "tests/catch.h"
#include "tests/pipeline/program.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using tests::TemporaryFolder;

// A copy below the folder.
void install(const fs::path& prefix) {
  const fs::path build = executable_file().parent_path().parent_path();
  const auto ran =
      tests::run("/usr/bin/env", {"cmake", "--install", build.string(), "--prefix", prefix.string()});
  INFO(ran.out << ran.err);
  REQUIRE(ran.status == 0);
}

std::string run_installed(const fs::path& prefix, const std::string& program,
                          const std::vector<std::string>& arguments) {
  const auto ran = tests::run((prefix / "bin" / program).string(), arguments);
  INFO(program << ":\n" << ran.out << ran.err);
  REQUIRE(ran.status == 0);
  return ran.out;
}

}  // namespace

TEST_CASE("An installed copy finds its programs and data, and runs a small line") {
  const TemporaryFolder folder;
  const fs::path prefix = folder / "prefix", workspace = folder / "workspace";
  install(prefix);
  ::unsetenv("FUNCORR_DATA");

  std::set<std::string> kinds;
  for (const auto& entry : fs::recursive_directory_iterator(prefix / "share"))
    if (entry.is_regular_file()) kinds.insert(entry.path().extension().string());
  CHECK(kinds == std::set<std::string>{".json", ".prompt", ".toml"});

  const std::string doctor = run_installed(prefix, "funcorr", {"doctor"});
  CHECK(doctor.find("missing: ") == std::string::npos);

  run_installed(prefix, "funcorr-sample-objects",
                {"--out", (folder / "objects").string(), "--variants", "1", "--categories", "mug"});
  folder.write("workspace/funcorr.toml",
               "[funcorr]\npreset = \"demo\"\nmin_free_disk_mb = 1\n[catalog]\nroots = [\"" +
                   (folder / "objects").string() +
                   "\"]\n[render]\nsize = 32\nsamples = 1\nlabel_views = 2\ntrain_views = 2\n");
  run_installed(prefix, "funcorr", {"--workspace", workspace.string(), "run", "catalog..parts"});
  const std::string status =
      run_installed(prefix, "funcorr", {"--workspace", workspace.string(), "stats", "stage", "--csv"});
  INFO(status);
  for (const char* stage : {"catalog", "filter", "render", "parts"})
    CHECK(status.find(std::string(stage) + ",1,1,0,0,0,0,") != std::string::npos);
}

}  // namespace funcorr
