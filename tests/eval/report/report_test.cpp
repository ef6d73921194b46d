#include "eval/report/report.h"

#include <fstream>
#include <sstream>

#include "db/dataset/predictions.h"
#include "db/dataset/report.h"
#include "db/dataset/run_folder.h"
#include "eval/report/samples.h"
#include "tests/catch.h"
#include "tests/eval/crop_workspace.h"
#include "tests/eval/metric/measured.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using tests::CropWorkspace;

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// The page without anything but what `change` adds.
std::string page_of(const Workspace& workspace, const ReportContents& contents, ReportOptions options = {}) {
  write_report(workspace, contents, options, "of a test");
  return text_of(report_page_path(workspace));
}

ReportContents empty_contents() {
  ReportContents contents;
  contents.stage_statistics = {{"stage", "items", "seconds"}, {}, {false, true, true}};
  return contents;
}

}  // namespace

TEST_CASE("assets are sampled category by category") {
  AssetSample sample(3);
  for (const auto& [uid, category] : {std::pair{"1", "mug"}, {"2", "mug"}, {"3", "mug"}, {"4", "saw"}}) {
    Asset asset;
    asset.uid = uid;
    asset.category = category;
    sample.offer(asset);
  }
  const std::vector<Asset> chosen = sample.chosen();
  REQUIRE(chosen.size() == 3);
  CHECK((chosen[0].uid == "1" && chosen[1].uid == "2" && chosen[2].uid == "4"));
  CHECK(AssetSample(0).chosen().empty());
}

TEST_CASE("pairs are sampled half within and half across categories, where there are predictions of full") {
  const CropWorkspace made;
  PairSample sample(made.workspace(), 2, pictured_rows(Results(1)));
  int number = 0;
  const auto offer = [&](const std::string& uid_1, const std::string& category_2, bool predicted) {
    Pair pair;
    pair.id = "pour with/" + std::to_string(number++);
    pair.function = "pour with";
    pair.uid_1 = uid_1;
    pair.uid_2 = "z";
    pair.category_1 = "mug";
    pair.category_2 = category_2;
    if (predicted)
      write_artifact(predictions_path(made.workspace(), "full", pair.id), [](const fs::path& file) {
        save_predictions(file, {{{1, 1}}, {{1, 1}}});
      });
    sample.offer(pair);
  };
  offer("a", "mug", false);
  offer("b", "mug", true);
  offer("b", "mug", true);  // of the same objects
  offer("c", "mug", true);  // one within is enough
  offer("d", "saw", true);
  REQUIRE(sample.chosen().size() == 2);
  CHECK(sample.chosen()[0].id == "pour with/1");
  CHECK(sample.chosen()[1].id == "pour with/4");
}

TEST_CASE("a page of nothing says of each section which command makes it") {
  const CropWorkspace made;
  const std::string page = page_of(made.workspace(), empty_contents());
  for (const char* command :
       {"funcorr evaluate", "funcorr train", "funcorr filter", "funcorr render", "funcorr mask"})
    CHECK_THAT(page, ContainsSubstring(std::string("<code>") + command + "</code>"));
  CHECK_THAT(page, ContainsSubstring("nothing was spent") && ContainsSubstring("of a test"));
}

TEST_CASE("the page shows stages in the line's order, results, options, curves, and times only on request") {
  const CropWorkspace made;
  const Workspace workspace = made.workspace();
  ReportContents contents = empty_contents();
  contents.stages = {"filter", "render", "report"};
  contents.stage_statistics.rows = {
      {"render", "7", "123.4"}, {"filter", "8", "56.7"}, {"report", "1", "8.9"}};
  contents.results.add(tests::measured("full", "f/a|||b|||0", "pour with", true, "transfer.distance", 0.25));
  Run run;
  run.name = "full";
  run.steps = run.step = 20;
  contents.runs = {run};
  write_artifact(curves_path(workspace.run("full")), "step,loss,held_out_transfer.pck@10\n5,3,\n10,1,0.5\n");
  write_artifact(workspace.options("render"),
                 "[render]\nsize = 64  # command line\nsamples = 2  # default\n");
  const std::string page = page_of(workspace, contents);
  CHECK(page.find("<td>filter</td><td class=\"n\">8") < page.find("<td>render</td><td class=\"n\">7"));
  CHECK(page.find("<td>report</td>") == std::string::npos);
  CHECK(page.find("123.4") == std::string::npos);
  CHECK_THAT(page, ContainsSubstring("0.250") && ContainsSubstring("loss of full") &&
                       ContainsSubstring("held-out pairs of full") && ContainsSubstring("<pre>size = 64"));
  ReportOptions timed;
  timed.timings = true;
  CHECK_THAT(page_of(workspace, contents, timed), ContainsSubstring("123.4"));
}

TEST_CASE("pictured pairs show ground truth beside the rows' predictions, pictures of before are removed") {
  const CropWorkspace made;
  const Workspace workspace = made.workspace();
  const std::string uid = CropWorkspace::uid('a');
  made.add_object(uid, 30, 40);
  const Pair pair = made.add_pair("pour with", uid, uid, {{{31, 41}, {31, 41}}, {{40, 50}, {40, 50}}});
  const auto predict = [&](const char* row, std::vector<Pixel> pixels) {
    write_artifact(predictions_path(workspace, row, pair.id), [&](const fs::path& file) {
      save_predictions(file, {pixels, pixels});
    });
  };
  predict("full", {{31, 41}, {40, 50}});
  ReportContents alone = empty_contents();
  alone.pairs = {{pair, "mug", "saw"}};
  const std::string older = page_of(workspace, alone);  // no discovered pairs, and no row but full
  CHECK(older.find("discovered matches") == std::string::npos);
  CHECK(older.find("backbone:") == std::string::npos);
  for (const char* row : {"full", "backbone"})
    write_artifact(predictions_path(workspace, row, pair.id), [&](const fs::path& file) {
      save_predictions(file, {{{31, 41}, {40, 50}}, {{31, 41}, {40, 50}}, {{{32, 42}, {60, 70}}}});
    });
  write_artifact(workspace.report() / "images" / "old.png", "of an earlier page");
  ReportContents contents = empty_contents();
  contents.pairs = {{pair, "mug", "saw"}};
  const std::string page = page_of(workspace, contents);
  CHECK_THAT(page, ContainsSubstring("pour with: mug → saw") && ContainsSubstring("ground truth, 2 pixels") &&
                       ContainsSubstring("full: distance 0.000, PCK@23 1.00"));
  CHECK_THAT(page, ContainsSubstring("full: its best 1 discovered matches") &&
                       ContainsSubstring("backbone: its best 1 discovered matches"));
  CHECK(fs::exists(workspace.report() / "images" / "pair-000-backbone-discovery.png"));
  CHECK(fs::exists(workspace.report() / "images" / "pair-000-full.png"));
  CHECK_FALSE(fs::exists(workspace.report() / "images" / "old.png"));
  // A run of its own has a picture that its address leads to.
  predict("full/mine", {{31, 41}, {40, 50}});
  ReportContents several = empty_contents();
  several.pairs = {{pair, "mug", "saw"}};
  MetricWithPair measured = tests::measured("full", pair.id, "pour with", true, "transfer.distance", 0.1);
  measured.metric.run = "mine";
  several.results.add(measured);
  CHECK_THAT(page_of(workspace, several), ContainsSubstring("images/pair-000-full%252Fmine.png"));
  CHECK(fs::exists(workspace.report() / "images" / "pair-000-full%2Fmine.png"));
  predict("full", {{31, 41}});  // of another ground truth
  CHECK_THROWS_WITH(page_of(workspace, contents), ContainsSubstring("run funcorr evaluate again"));
}

}  // namespace funcorr
