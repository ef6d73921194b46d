// The stage select against the simulated server: from captions to categories, with every step's losses.
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "db/manifest/assets.h"
#include "db/manifest/selection.h"
#include "pipeline/data_file.h"
#include "pipeline/stage.h"
#include "tests/catch.h"
#include "tests/pipeline/program.h"
#include "tests/stages/running_server.h"

namespace funcorr {
namespace {

struct Captioned {
  const char *uid, *caption, *category;
};
constexpr Captioned kAssets[] = {{"a1", "a red mug with a wide handle", ""},
                                 {"a2", "an old claw hammer on a table", ""},
                                 {"a3", "a purple dinosaur", ""},
                                 {"a4", "two forks", ""},
                                 {"a5", "a blue mug", ""},
                                 {"a6", "a green mug", ""},
                                 {"a7", "a mug, catalogued by its folder", "bowl"}};

class SelectWorkspace {
 public:
  SelectWorkspace() : workspace{folder_.path()} {
    Manifest manifest(workspace.manifest());
    for (const Captioned& captioned : kAssets) {
      Asset asset;
      asset.uid = captioned.uid;
      asset.category = captioned.category;
      asset.format = "glb";
      upsert_asset(manifest, asset);
      upsert_caption(manifest, {captioned.uid, "test", captioned.caption});
    }
  }
  tests::Ran run(const std::string& url, std::vector<std::string> more = {}) const {
    more.insert(more.begin(),
                {"--workspace", workspace.root.string(), "--servers", url, "--model", "simulated",
                 "--embedding-model", "simulated", "--retry-delay-s", "0.02", "--min-free-disk-mb", "1"});
    return tests::run((executable_file().parent_path() / "funcorr-select").string(), more);
  }
  std::map<std::string, std::string> categories() const {
    Manifest manifest(workspace.manifest());
    std::map<std::string, std::string> found;
    for_each_asset(manifest, [&](const Asset& asset) { found[asset.uid] = asset.category; });
    return found;
  }
  std::string dropped(const std::string& uid) const {
    Manifest manifest(workspace.manifest());
    const auto selection = find_selection(manifest, uid);
    return selection ? std::string(to_string(selection->dropped)) : "no row";
  }

 private:
  tests::TemporaryFolder folder_;

 public:
  Workspace workspace;
};

SimulatedServerOptions quiet_server() {
  SimulatedServerOptions options;
  options.noise = {0, 0, 0, 0, 0};
  options.threads = 80;
  return options;
}

}  // namespace

TEST_CASE("Captions lead to categories, and every loss has its step and reason") {
  const SelectWorkspace made;
  const tests::RunningServer server(quiet_server());
  const auto ran = made.run(server.url());
  INFO(ran.out << ran.err);
  REQUIRE(ran.status == 0);
  const auto categories = made.categories();
  CHECK(categories.at("a1") == "mug");
  CHECK(categories.at("a2") == "hammer");
  CHECK(categories.at("a3").empty());
  CHECK(categories.at("a5") == "mug");
  CHECK(categories.at("a7") == "bowl");
  CHECK(made.dropped("a1").empty());
  CHECK(made.dropped("a3") == "no_match");
  CHECK(made.dropped("a7") == "no row");
  CHECK(ran.out.find("no_match") != std::string::npos);
  const auto bought = server.bill().answers;
  REQUIRE(made.run(server.url(), {"--force"}).status == 0);
  CHECK(server.bill().answers == bought);
}

TEST_CASE("The cap keeps a seeded draw, and gives places back when it grows") {
  const SelectWorkspace made;
  const tests::RunningServer server(quiet_server());
  const auto mugs = [&] {
    std::string uids;
    for (const auto& [uid, category] : made.categories())
      if (category == "mug") uids += uid;
    return uids;
  };
  REQUIRE(made.run(server.url(), {"--cap", "1"}).status == 0);
  const std::string one = mugs();
  CHECK(one.size() == 2);
  CHECK(made.dropped(one).empty());
  REQUIRE(made.run(server.url(), {"--cap", "1"}).status == 0);
  CHECK(mugs() == one);
  REQUIRE(made.run(server.url(), {"--cap", "2"}).status == 0);
  CHECK(mugs().size() == 4);
  CHECK(mugs().find(one) != std::string::npos);
  REQUIRE(made.run(server.url(), {"--cap", "0"}).status == 0);
  CHECK(mugs() == "a1a5a6");
}

TEST_CASE("Steps can be swapped: names of a table, spelling in place of vectors, no check, no server") {
  const SelectWorkspace made;
  const tests::TemporaryFolder tables;
  tables.write("lvis.csv", "uid,category\na1,Mugs\na2,elephant\na4,fork\n");
  const auto ran =
      made.run("http://127.0.0.1:1/v1", {"--names", "table", "--name-table", (tables / "lvis.csv").string(),
                                         "--match", "spelling", "--verify", "none"});
  INFO(ran.out << ran.err);
  REQUIRE(ran.status == 0);
  const auto categories = made.categories();
  CHECK(categories.at("a1") == "mug");
  CHECK(categories.at("a4") == "fork");
  CHECK(made.dropped("a2") == "no_match");
  CHECK(made.dropped("a3") == "no_name");
  CHECK(made.run("http://127.0.0.1:1/v1", {"--names", "table"}).status == 2);
}

TEST_CASE("A noisy model still selects every asset or says where it was lost") {
  const SelectWorkspace made;
  SimulatedServerOptions options = quiet_server();
  options.noise = {0, 0, 0.2, 0, 0.4};
  const tests::RunningServer server(options);
  const auto ran = made.run(server.url(), {"--tries", "10"});
  INFO(ran.out << ran.err);
  REQUIRE(ran.status == 0);
  for (const Captioned& asset : kAssets)
    if (*asset.category == '\0') CHECK(made.dropped(asset.uid) != "no row");
  const auto estimate = made.run(server.url(), {"--estimate", "--top-k", "3"});
  CHECK(estimate.out.find("6 assets to select") != std::string::npos);
}

}  // namespace funcorr
