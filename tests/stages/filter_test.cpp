// funcorr-filter as its users run it, after funcorr-catalog.
#include "db/manifest/assets.h"
#include "db/manifest/connection.h"
#include "pipeline/data_file.h"
#include "tests/catch.h"
#include "tests/pipeline/program.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using tests::TemporaryFolder;

constexpr const char* kSquare = "v -1 -1 0\nv 1 -1 0\nv 1 1 0\nv -1 1 0\nf 1 2 3 4\n";

int run(const TemporaryFolder& workspace, const std::string& stage, std::vector<std::string> more) {
  std::vector<std::string> arguments{"-w", workspace.path().string(), "-q"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto done = tests::run((executable_file().parent_path() / stage).string(), arguments);
  UNSCOPED_INFO(done.err);
  return done.status;
}

// Of the only item of filter.
std::string state_of_filter(const TemporaryFolder& workspace) {
  Manifest manifest(workspace / "manifest.sqlite");
  Query query(manifest, "SELECT state FROM item WHERE stage = 'filter'");
  return query.step() ? query.text(0) : "none";
}

}  // namespace

TEST_CASE("an asset whose file is gone for a while is not rejected for good", "[filter]") {
  const TemporaryFolder folder;
  const fs::path mesh = folder.write("assets/square.obj", kSquare);
  REQUIRE(run(folder, "funcorr-catalog", {"--roots", (folder / "assets").string()}) == 0);
  fs::rename(mesh, folder / "away.obj");
  CHECK(run(folder, "funcorr-filter", {"--points", "100", "--max-attempts", "1"}) == 1);
  CHECK(state_of_filter(folder) == "failed");
  fs::rename(folder / "away.obj", mesh);
  CHECK(run(folder, "funcorr", {"retry", "filter"}) == 0);
  CHECK(run(folder, "funcorr-filter", {"--points", "100"}) == 0);
  CHECK(state_of_filter(folder) == "done");
}

TEST_CASE("what links lead to is let in, its textures too", "[filter]") {
  const TemporaryFolder folder;
  folder.write("store/one/square.obj", "mtllib a.mtl\nusemtl m\n" + std::string(kSquare));
  folder.write("store/one/a.mtl", "newmtl m\nKd 0.8 0.1 0.1\n");
  fs::create_directories(folder / "root");
  fs::create_symlink(folder / "store/one", folder / "root/tile__red");
  const auto catalog = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"--roots", (folder / "root").string()});
    return run(folder, "funcorr-catalog", std::move(more));
  };
  const auto paths = [&] {
    std::vector<std::string> found;
    Manifest manifest(folder / "manifest.sqlite");
    for_each_asset(manifest,
                   [&](const Asset& asset) { found.push_back(asset.category + ": " + asset.path); });
    return found;
  };
  REQUIRE(catalog({}) == 0);
  CHECK(paths().empty());
  REQUIRE(catalog({"--follow-links", (folder / "store").string()}) == 0);
  CHECK(paths() == std::vector<std::string>{"tile: one/square.obj"});
  CHECK(run(folder, "funcorr-filter", {"--points", "100"}) == 0);
  CHECK(state_of_filter(folder) == "done");
  REQUIRE(catalog({}) == 0);  // followed no more
  CHECK(paths().empty());
}

}  // namespace funcorr
