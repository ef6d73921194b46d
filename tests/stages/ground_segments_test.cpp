// The stage ground's second question: masks of boxes from the simulated server, stored beside the asset, and
// nothing bought twice.
#include <algorithm>
#include <map>
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

SimulatedServerOptions without_noise(const Workspace& workspace) {
  SimulatedServerOptions options = server_options(workspace);
  options.noise = noise_of(NoiseLevel::kNone);
  return options;
}

std::filesystem::path file_of(const GroundWorkspace& made, int asset, const std::string& part) {
  return segments_path(made.workspace.asset(GroundWorkspace::uid_of(asset)), part);
}

std::map<std::string, std::string> files(const GroundWorkspace& made) {
  std::map<std::string, std::string> all;
  for (int i = 0; i < kAssets; ++i)
    for (const char* part : {"body", "rim"})
      if (const auto file = file_of(made, i, part); std::filesystem::exists(file))
        all[file.filename().string() + std::to_string(i)] = read_text(file);
  return all;
}

// Share of the pixels inside the mask or the box, in the view, that are inside both.
double overlap(const Segment& segment, const PixelBox& box) {
  const Image8 mask = mask_image(segment.mask);
  double both = 0, any = 0;
  for (int y = 0; y < GroundWorkspace::kSize; ++y)
    for (int x = 0; x < GroundWorkspace::kSize; ++x) {
      const PixelBox& window = segment.window;
      const bool in_window = x >= window.x1 && x < window.x2 && y >= window.y1 && y < window.y2;
      const bool in_mask = in_window && *mask.at(x - window.x1, y - window.y1) != 0;
      const bool in_box = x >= box.x1 && x < box.x2 && y >= box.y1 && y < box.y2;
      both += in_mask && in_box ? 1 : 0;
      any += in_mask || in_box ? 1 : 0;
    }
  return both / any;
}

}  // namespace

TEST_CASE("Ground stores the masks of boxes, and asks nothing twice") {
  for (const std::string format : {"sam", "gemini"}) {
    const GroundWorkspace made;
    const RunningServer server(without_noise(made.workspace));
    const std::vector<std::string> segmenting = {"--segment", format};
    const auto ran = made.run(server.url(), segmenting);
    INFO(ran.out << ran.err);
    REQUIRE(ran.status == 0);
    for (int i = 0; i < kAssets; ++i)
      for (const std::string part : {"body", "rim"}) {
        const std::vector<Segment> segments = load_segments(file_of(made, i, part));
        REQUIRE(segments.size() == 4);  // the boxes of a view are all the same
        for (const Segment& segment : segments) {
          const int top = part == "rim" ? 20 : 30, bottom = part == "rim" ? 29 : 79;
          CHECK(segment.pass == (part == "rim" ? 2 : 1));
          CHECK(segment.sample == 0);
          CHECK(overlap(segment, {30 + segment.view, top, 59 + segment.view, bottom}) > 0.85);
        }
      }
    const Ledger::Spend spend = made.spend();
    CHECK(spend.answered == kAssets * 4 * (3 * 4 + 2));
    CHECK(server.bill().answers == spend.answered);

    const auto stored = files(made);
    const auto boxes = made.boxes();
    CHECK(made.run(server.url(), segmenting).status == 0);
    CHECK(made.run(server.url(), {"--segment", format, "--force"}).status == 0);
    CHECK(files(made) == stored);
    CHECK(made.run(server.url()).status == 0);
    CHECK(files(made).empty());  // nobody asks for masks any more
    CHECK(made.boxes() == boxes);
    CHECK(server.bill().answers == spend.answered);
  }
}

TEST_CASE("Killed while it asks for masks, ground ends with the same ones, through noise and faults") {
  const std::vector<std::string> options = {"--segment", "sam", "--concurrency", "8"};
  const GroundWorkspace undisturbed;
  SimulatedServerOptions noisy = without_noise(undisturbed.workspace);
  noisy.noise = noise_of(NoiseLevel::kMedium);
  {
    const RunningServer server(noisy);
    const auto ran = undisturbed.run(server.url(), options);
    INFO(ran.out << ran.err);
    REQUIRE(ran.status == 0);
  }
  const GroundWorkspace made;
  noisy.workspace = made.workspace.root;
  noisy.faults.too_many_requests = 0.05;
  noisy.faults.server_error = 0.05;
  noisy.faults.retry_after_seconds = 0;
  noisy.faults.latency_seconds = 0.01;
  const RunningServer server(noisy);
  CHECK(made.kill_again_and_again(server, 4, 100, 20, options) > 0);
  const auto last = made.run(server.url(), options);
  INFO(last.out << last.err);
  REQUIRE(last.status == 0);
  CHECK(files(made).size() == 2 * kAssets);
  CHECK(files(made) == files(undisturbed));
}

TEST_CASE("Masks may come from servers of their own, and are estimated") {
  const GroundWorkspace made;
  SimulatedServerOptions of_masks = without_noise(made.workspace);
  of_masks.model = "cutter";
  const RunningServer boxes(without_noise(made.workspace)), masks(of_masks);
  const std::vector<std::string> options = {"--segment",         "sam",       "--segment-model", "cutter",
                                            "--segment-servers", masks.url(), "--price-out",     "1"};
  std::vector<std::string> estimating = options;
  estimating.emplace_back("--estimate");
  const auto estimate = made.run(boxes.url(), estimating);
  INFO(estimate.out << estimate.err);
  REQUIRE(estimate.status == 0);
  CHECK(boxes.bill().requests + masks.bill().requests == 0);
  // Twelve passes over four views of at most eight boxes, and of eight parts' four boxes a view a mask,
  // twice.
  CHECK(estimate.out.find("at least: 192 answers") != std::string::npos);
  CHECK(estimate.out.find("at most: 640 answers") != std::string::npos);
  const auto ran = made.run(boxes.url(), options);
  INFO(ran.out << ran.err);
  REQUIRE(ran.status == 0);
  CHECK(boxes.bill().answers == kAssets * 4 * 3 * 4);
  CHECK(masks.bill().answers == kAssets * 4 * 2);
}

TEST_CASE("A server that tells masks in another form ends the run, with what to look at") {
  const GroundWorkspace made;
  const RunningServer server(without_noise(made.workspace));
  const auto ran = made.run(server.url(), {"--segment", "sam", "--segment-prompt",
                                           (data_file("prompt") / "segment-gemini.prompt").string()});
  INFO(ran.out << ran.err);
  CHECK(ran.status != 0);
  CHECK(ran.err.find("is segment = sam what the server speaks?") != std::string::npos);
  CHECK(files(made).empty());
}

}  // namespace funcorr
