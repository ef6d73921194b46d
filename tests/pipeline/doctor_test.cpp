// `funcorr-doctor` as a person runs it.
#include <map>

#include <nlohmann/json.hpp>

#include "tests/catch.h"
#include "tests/pipeline/program.h"

namespace funcorr {
namespace {

using tests::TemporaryFolder;

// What it finds of a group, name → finding. Sets the exit status.
std::map<std::string, nlohmann::json> examine(const TemporaryFolder& workspace, const std::string& group,
                                              int& status) {
  const tests::Ran ran = tests::run(FUNCORR_DOCTOR, {"--workspace", workspace.path().string(), "--json"});
  INFO(ran.err);
  status = ran.status;
  std::map<std::string, nlohmann::json> found;
  for (const nlohmann::json& finding : nlohmann::json::parse(ran.out))
    if (finding.at("group") == group) found[finding.at("name").get<std::string>()] = finding;
  return found;
}

}  // namespace

TEST_CASE("the doctor names every library with a version", "[doctor]") {
  int status = -1;
  const auto libraries = examine(TemporaryFolder(), "libraries", status);
  CHECK(status == 0);
  for (const char* name : {"SQLite", "Embree", "OpenImageIO", "Assimp", "libcurl", "LibTorch", "BLAS"}) {
    INFO(name);
    REQUIRE(libraries.contains(name));
    CHECK(libraries.at(name).at("value").get<std::string>().find_first_of("0123456789") != std::string::npos);
  }
}

TEST_CASE("the doctor finds the weights that a workspace names, and says which are missing", "[doctor]") {
  const TemporaryFolder workspace;
  int status = -1;
  auto weights = examine(workspace, "weights", status);
  CHECK(status == 0);
  CHECK(weights.at("image backbone").at("level") == "note");

  workspace.write("funcorr.toml",
                  "[features]\nweights = \"dino.pth\"\n[train]\ntext_weights = \"clip.pt\"\n");
  workspace.write("dino.pth", "weights");
  weights = examine(workspace, "weights", status);
  CHECK(status == 3);
  CHECK(weights.at("image backbone").at("level") == "ok");
  CHECK(weights.at("text tower").at("level") == "missing");
  CHECK(weights.at("text tower").at("remedy").get<std::string>().find("funcorr.toml:4") != std::string::npos);

  workspace.write("clip.pt", "weights");
  examine(workspace, "weights", status);
  CHECK(status == 0);

  workspace.write("funcorr.toml", "preset = \"paper\"\n[train]\ntext_weights = \"clip.pt\"\n");
  weights = examine(workspace, "weights", status);
  CHECK(status == 3);
  CHECK(weights.at("text tower").at("level") == "ok");
  CHECK(weights.at("vocabulary").at("level") == "missing");
  CHECK(weights.at("image backbone").at("level") == "missing");
}

}  // namespace funcorr
