// The stages pair, evaluate and report as they are started, at the end of the real line.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "db/dataset/view.h"
#include "db/format/random.h"
#include "db/format/safetensors.h"
#include "db/manifest/evaluation.h"
#include "db/manifest/items.h"
#include "pipeline/stage.h"
#include "tests/catch.h"
#include "tests/stages/real_line.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using tests::RealLine;

std::vector<Pair> pairs_of(const RealLine& line) {
  Manifest manifest(Workspace{line.workspace.path()}.manifest());
  std::vector<Pair> pairs;
  for_each_pair(manifest, [&](const Pair& pair) { pairs.push_back(pair); });
  return pairs;
}

// Row → values of a metric, in the order of pairs and directions.
std::map<std::string, std::vector<double>> values_of(const RealLine& line, const std::string& metric) {
  Manifest manifest(Workspace{line.workspace.path()}.manifest());
  std::map<std::string, std::vector<double>> values;
  for_each_metric(manifest, [&](const MetricWithPair& entry) {
    if (entry.metric.name == metric) values[entry.metric.row].push_back(entry.metric.value);
  });
  return values;
}

// Two levels of random features for every image of a pair, as somebody's export of Stable Diffusion's.
void export_levels(const fs::path& folder, const std::vector<Pair>& pairs) {
  Random random(3);
  for (const Pair& pair : pairs)
    for (const auto& [uid, view] : {std::pair{pair.uid_1, pair.view_1}, std::pair{pair.uid_2, pair.view_2}}) {
      const std::string name = view_name(view) + ".safetensors";
      fs::create_directories(folder / uid);
      std::vector<float> fine(5 * 12 * 12), coarse(3 * 6 * 6);
      for (auto* level : {&fine, &coarse})
        for (float& value : *level) value = static_cast<float>(random.uniform() - 0.5);
      write_safetensors(folder / uid / name, {{"coarse", TensorView::of<float>(coarse, {3, 6, 6})},
                                              {"fine", TensorView::of<float>(fine, {5, 12, 12})}});
    }
}

tests::Ran evaluate(const RealLine& line, const std::vector<std::string>& more) {
  std::vector<std::string> arguments{"--workspace", line.workspace.path().string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return tests::run((executable_file().parent_path() / "funcorr-evaluate").string(), arguments);
}

TEST_CASE("the line ends in results of every row, a table and a page, and Stable Diffusion's rows follow") {
  const tests::TemporaryFolder objects;
  tests::write_objects(objects.path());
  const RealLine line(objects.path());
  line.run("catalog..pair");
  line.run("train");
  // Boxes in the pairs' images are not asked for: two rows are left out, with the command that makes them.
  const auto before = evaluate(line, {});
  INFO(before.out << before.err);
  CHECK(before.status == 0);
  CHECK(before.err.find("row vlm+backbone") != std::string::npos);
  CHECK(before.err.find("funcorr locate --by part") != std::string::npos);
  CHECK(before.err.find("funcorr locate --by function") != std::string::npos);
  CHECK(values_of(line, "transfer.distance").count("vlm+backbone") == 0);
  CHECK(values_of(line, "transfer.distance").count("fused+backbone") == 1);
  line.run("locate..report");
  CHECK(fs::file_size(line.workspace / "report/index.html") > 10'000);
  const std::vector<Pair> pairs = pairs_of(line);
  REQUIRE(pairs.size() >= 2);
  auto distances = values_of(line, "transfer.distance");
  for (const char* row :
       {"chance", "backbone", "vlm+backbone", "vlm-function+backbone", "fused+backbone", "full"}) {
    INFO(row);
    CHECK(distances[row].size() == 2 * pairs.size());  // both directions
  }
  CHECK(distances["backbone"] != distances["chance"]);
  CHECK(distances["vlm+backbone"] != distances["backbone"]);
  CHECK(distances["vlm+backbone"] != distances["fused+backbone"]);

  // Another model that was asked about the same images has a row of its own.
  const auto located =
      tests::run((executable_file().parent_path() / "funcorr-locate").string(),
                 {"--workspace", line.workspace.path().string(), "--name", "other", "--by", "part"});
  INFO(located.err);
  REQUIRE(located.status == 0);
  const auto with_other = evaluate(line, {});
  CHECK(with_other.status == 0);
  CHECK_THAT(with_other.out, Catch::Matchers::ContainsSubstring("\nvlm:other+backbone "));
  CHECK(with_other.out.find("vlm-function:other") == std::string::npos);
  const std::vector<double> of_both = values_of(line, "transfer.distance").at("vlm+backbone");
  CHECK(of_both.size() == 4 * pairs.size());  // the server answers both alike
  CHECK(std::equal(of_both.begin(), of_both.begin() + static_cast<std::ptrdiff_t>(2 * pairs.size()),
                   of_both.begin() + static_cast<std::ptrdiff_t>(2 * pairs.size())));

  const fs::path levels = line.workspace / "levels";
  export_levels(levels, pairs);
  const auto ran = evaluate(line, {"--rows", "sd,sd-dino", "--diffusion", levels.string()});
  INFO(ran.out << ran.err);
  CHECK(ran.status == 0);
  CHECK(ran.out.find("chance") == std::string::npos);  // rows that are not asked for are dropped
  distances = values_of(line, "transfer.distance");
  CHECK(distances["sd"].size() == 2 * pairs.size());
  CHECK(distances["sd-dino"].size() == 2 * pairs.size());
  CHECK(distances["sd"] != distances["sd-dino"]);

  // Where an export lacks an object, its pairs fail by name; the others are measured.
  const std::string lost = pairs.front().uid_1;
  fs::remove_all(levels / lost);
  std::size_t whole = 0;
  for (const Pair& pair : pairs) whole += pair.uid_1 != lost && pair.uid_2 != lost ? 1 : 0;
  const auto again = evaluate(line, {"--rows", "sd", "--diffusion", levels.string(), "--force"});
  CHECK(again.status == 1);
  CHECK_THAT(again.out + again.err, Catch::Matchers::ContainsSubstring(lost));
  Manifest manifest(Workspace{line.workspace.path()}.manifest());
  std::size_t done = 0;
  for_each_done_item(manifest, "evaluate", [&](const DoneItem&) { ++done; });
  CHECK(done == whole);
}

}  // namespace
}  // namespace funcorr
