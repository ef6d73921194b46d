// The stage ground with ask = "first-pass": few views first, more of what is in doubt, killed or not.
#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "db/dataset/segments.h"
#include "tests/catch.h"
#include "tests/pipeline/program.h"
#include "tests/stages/ground_workspace.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)
constexpr int kAssets = GroundWorkspace::kAssets;

SimulatedServerOptions noisy(const Workspace& workspace) {
  SimulatedServerOptions options = server_options(workspace);
  options.noise = {0.05, 0.1, 0.1, 0.1, 0.2};
  return options;
}

std::vector<std::string> asking(const std::string& settled, std::vector<std::string> more = {}) {
  more.insert(more.begin(),
              {"--ask", "first-pass", "--first-views", "2", "--more-views", "1", "--settled", settled});
  return more;
}

// Of every part, the views that have boxes.
std::map<std::string, std::set<int>> views(const GroundWorkspace& made) {
  Manifest manifest(made.workspace.manifest());
  std::map<std::string, std::set<int>> all;
  for (int i = 0; i < kAssets; ++i)
    for (const std::string part : {"body", "rim"})
      for (const Box& box : boxes_of(manifest, GroundWorkspace::uid_of(i), part))
        all[part + std::to_string(i)].insert(box.view);
  return all;
}

// A settled that divides the parts: tried, as it follows from their answers.
std::string dividing(const std::string& url, const GroundWorkspace& made) {
  for (const std::string settled : {"0.3", "0.4", "0.5", "0.2", "0.6", "0.15", "0.7", "0.1"}) {
    const auto ran = made.run(url, asking(settled));
    INFO(ran.out << ran.err);
    REQUIRE(ran.status == 0);
    std::set<std::size_t> numbers;
    for (const auto& [part, of_part] : views(made)) numbers.insert(of_part.size());
    if (numbers.size() > 1) return settled;
  }
  FAIL("no doubt divides the parts");
  return {};
}

}  // namespace

TEST_CASE("Ground asks about few views of a settled part, about all of one in doubt, and buys them once") {
  const GroundWorkspace made;
  const RunningServer server(server_options(made.workspace));
  const auto first = made.run(server.url(), asking("1"));
  INFO(first.out << first.err);
  REQUIRE(first.status == 0);
  for (const auto& [part, of_part] : views(made)) CHECK(of_part.size() == 2);
  constexpr std::int64_t kFirst = kAssets * 2 * 3 * 4, kAll = kAssets * 4 * 3 * 4;
  CHECK(server.bill().answers == kFirst);
  CHECK(made.run(server.url(), asking("1", {"--force"})).status == 0);
  CHECK(server.bill().answers == kFirst);

  REQUIRE(made.run(server.url(), asking("0")).status == 0);
  for (const auto& [part, of_part] : views(made)) CHECK(of_part.size() == 4);
  CHECK(server.bill().answers == kAll);
  const auto boxes = made.boxes();
  REQUIRE(made.run(server.url(), {"--ask", "paper"}).status == 0);
  CHECK(made.boxes() == boxes);
  CHECK(server.bill().answers == kAll);
  CHECK(server.bill().repeated_answers == 0);
}

TEST_CASE("The boxes are those of one who had asked about these views only") {
  const GroundWorkspace made, paper;
  const RunningServer server(noisy(made.workspace)), other(noisy(paper.workspace));
  dividing(server.url(), made);
  REQUIRE(paper.run(other.url(), {"--ask", "paper"}).status == 0);
  const auto asked = views(made);
  std::vector<std::string> expected;
  for (const std::string& row : paper.boxes()) {
    std::string asset, part;
    int view = 0;
    std::istringstream(row) >> asset >> part >> view;
    if (asked.at(part + asset).contains(view)) expected.push_back(row);
  }
  CHECK(made.boxes() == expected);
  CHECK(expected.size() < paper.boxes().size());
}

TEST_CASE("A killed first pass asks on as it would have, and buys nothing twice but what was in doubt") {
  std::string settled;
  std::vector<std::string> expected;
  std::int64_t answers = 0;
  {
    const GroundWorkspace tried, undisturbed;
    const RunningServer of_tried(noisy(tried.workspace)), server(noisy(undisturbed.workspace));
    settled = dividing(of_tried.url(), tried);
    REQUIRE(undisturbed.run(server.url(), asking(settled)).status == 0);
    expected = undisturbed.boxes();
    answers = server.bill().answers;
  }
  const GroundWorkspace made;
  SimulatedServerOptions options = noisy(made.workspace);
  options.faults.latency_seconds = 0.02;
  const RunningServer server(options);
  CHECK(made.kill_again_and_again(server, 8, 10, 10, asking(settled, {"--concurrency", "4"})) > 0);
  const auto last = made.run(server.url(), asking(settled));
  INFO(last.out << last.err);
  REQUIRE(last.status == 0);
  CHECK(made.boxes() == expected);
  const SimulatedBill bill = server.bill();
  CHECK(bill.repeated_answers <= made.spend().in_doubt);
  CHECK(bill.answers <= answers + made.spend().in_doubt);
}

TEST_CASE("A first pass is estimated at least, all views at most") {
  const GroundWorkspace made;
  const RunningServer server(server_options(made.workspace));
  const auto estimate = made.run("http://127.0.0.1:1/v1", asking("0.5", {"--estimate"}));
  INFO(estimate.out << estimate.err);
  CHECK(estimate.status == 0);
  CHECK(estimate.out.find("at least about 2 views of each") != std::string::npos);
  CHECK(estimate.out.find("at least: 96 answers") != std::string::npos);  // 4 · 2 views · 3 passes · 4
  CHECK(estimate.out.find("at most: 384 answers") != std::string::npos);  // 4 · 4 views · 3 passes · 8
}

TEST_CASE("Masks are asked for in the views of a first pass alone") {
  const GroundWorkspace made;
  const RunningServer server(noisy(made.workspace));
  const auto ran = made.run(server.url(), asking("1", {"--segment", "sam"}));
  INFO(ran.out << ran.err);
  REQUIRE(ran.status == 0);
  for (int i = 0; i < kAssets; ++i)
    for (const std::string part : {"body", "rim"}) {
      const auto segments =
          load_segments(segments_path(made.workspace.asset(GroundWorkspace::uid_of(i)), part));
      CHECK_FALSE(segments.empty());
      for (const Segment& segment : segments)
        CHECK(views(made).at(part + std::to_string(i)).contains(segment.view));
    }
}

TEST_CASE("Runs that a budget ends go on where they were, to the same boxes") {
  const GroundWorkspace made, whole;
  const RunningServer server(noisy(made.workspace)), other(noisy(whole.workspace));
  REQUIRE(whole.run(other.url(), asking("0.3")).status == 0);
  int runs = 0;
  while (made.run(server.url(), asking("0.3", {"--price-out", "1000", "--budget", "1.5"})).status != 0)
    REQUIRE(++runs < 40);
  CHECK(runs > 0);
  CHECK(made.boxes() == whole.boxes());
  CHECK(server.bill().answers == other.bill().answers);
}

}  // namespace funcorr
