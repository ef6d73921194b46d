// The presets that come with funcorr, against the programs that take them and the prose that tells of them.
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "pipeline/config.h"
#include "pipeline/data_file.h"
#include "pipeline/graph.h"
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/pipeline/program.h"

namespace funcorr {
namespace {

using nlohmann::json;
using tests::read_text;
using tests::TemporaryFolder;

tests::Ran run(const std::string& program, const std::vector<std::string>& arguments) {
  return tests::run((executable_file().parent_path() / program).string(), arguments);
}

// Every option of the stage, under "stage.option".
void add_config(std::map<std::string, json>& values, const std::string& stage, const std::string& preset) {
  const TemporaryFolder w;
  const tests::Ran ran = run(
      "funcorr-" + stage, {"--workspace", w.path().string(), "--print-config", "--json", "--preset", preset});
  INFO(stage << " with preset " << preset << ": " << ran.err);
  REQUIRE(ran.status == 0);
  for (const json& option : json::parse(ran.out))
    values[stage + "." + option.at("name").get<std::string>()] = option.at("value");
}

// Files that paper.toml says are needed.
bool is_needed(const json& value) {
  static const std::set<std::string> files{"weights/dinov2_vitb14_pretrain.pth", "weights/ViT-B-32.pt",
                                           "weights/bpe_simple_vocab_16e6.txt.gz"};
  return value.is_string() && files.contains(value.get<std::string>());
}

}  // namespace

TEST_CASE("Every stage takes every preset") {
  for (const StageNode& stage : stage_graph())
    for (const char* preset : {"demo", "paper", "release"}) {
      std::map<std::string, json> values;
      add_config(values, stage.name, preset);
      CHECK(values.at(stage.name + ".preset") == preset);
    }
}

TEST_CASE("The README's table of defaults that are not the paper's is right, and complete") {
  std::map<std::string, json> defaults, paper;
  for (const char* stage : {"render", "aggregate", "features", "train", "locate"}) {
    add_config(defaults, stage, "default");
    add_config(paper, stage, "paper");
  }
  const std::string readme = read_text(tests::source_dir() / "README.md");
  static const std::regex row("\\n\\| `([a-z]+\\.[a-z_]+)` \\| `([^`]+)` \\| (the same with )?`([^`]+)` \\|");
  std::set<std::string> told;
  for (std::sregex_iterator match(readme.begin(), readme.end(), row), end; match != end; ++match) {
    const std::string option = (*match)[1];
    INFO(option);
    told.insert(option);
    CHECK(json::parse((*match)[2].str()) == defaults.at(option));
    if (!(*match)[3].matched) {
      CHECK(json::parse((*match)[4].str()) == paper.at(option));
      continue;
    }
    for (std::size_t i = 0; i < paper.at(option).size(); ++i) {  // of the runs, those that have the loss
      const auto name = defaults.at(option).at(i).get<std::string>();
      CHECK(paper.at(option).at(i) ==
            (name == "spatial" ? name : name + "=" + name + ":" + (*match)[4].str()));
    }
  }
  for (const Setting& setting : read_preset("paper", {}, {})) {
    INFO(setting.section << "." << setting.key);
    CHECK(defaults.at(setting.section + "." + setting.key) != setting.value);
    CHECK((is_needed(setting.value) || told.erase(setting.section + "." + setting.key) == 1));
  }
  CHECK(told.empty());
}

TEST_CASE("The release's preset is the paper's but for its losses, its optimiser and the boxes it keeps") {
  std::map<std::string, json> release, defaults;
  for (const char* stage : {"train", "aggregate"}) {
    add_config(release, stage, "release");
    add_config(defaults, stage, "default");
  }
  CHECK(release.at("train.backbone") == "dinov2");
  CHECK(release.at("train.runs") == defaults.at("train.runs"));  // functional_loss: reference
  CHECK(release.at("train.weight_decay") == 0.01);
  CHECK(release.at("aggregate.reply_boxes") == "last");
  CHECK(release.at("aggregate.min_boxes") == 4);
  CHECK(defaults.at("aggregate.min_boxes") == 1);
}

TEST_CASE("Without its files the paper's preset stops before the first stage, and says where to get them") {
  const TemporaryFolder w;
  const std::string workspace = w.path().string();
  const tests::Ran none = run("funcorr", {"-w", workspace, "run", "--preset", "paper"});
  INFO(none.err);
  CHECK(none.status == 3);
  CHECK_FALSE(std::filesystem::exists(w / "manifest.sqlite"));
  for (const char* says :
       {"/hdri ([render] hdri): ", "polyhaven.com",
        "dinov2_vitb14_pretrain.pth ([features] weights [train] weights): https://",
        "ViT-B-32.pt ([train] text_weights): ", "bpe_simple_vocab_16e6.txt.gz ([train] vocabulary)"})
    CHECK_THAT(none.err, Catch::Matchers::ContainsSubstring(says));

  // Nor what a stage is told.
  for (const auto& told : {std::vector<std::string>{"--weights=mine.pth"}, {"--weights", "mine.pth"}}) {
    std::vector<std::string> arguments = {"-w", workspace, "--preset", "paper", "features"};
    arguments.insert(arguments.end(), told.begin(), told.end());
    const tests::Ran features_alone = run("funcorr", arguments);
    INFO(features_alone.err);
    CHECK(features_alone.status == 3);
    CHECK_THAT(features_alone.err, Catch::Matchers::ContainsSubstring("/hdri ([render] hdri): "));
    CHECK(features_alone.err.find("dinov2_vitb14_pretrain.pth") == std::string::npos);
  }

  // What funcorr.toml names instead, or lies there, is not asked for.
  std::filesystem::create_directories(w / "weights");
  std::ofstream(w / "weights/ViT-B-32.pt") << "x";
  std::ofstream(w / "funcorr.toml") << "preset = \"release\"\n[render]\nhdri = [\"builtin:sky\"]\n";
  const tests::Ran some = run("funcorr", {"-w", workspace, "run"});
  INFO(some.err);
  CHECK(some.status == 3);
  CHECK(some.err.find("hdri") == std::string::npos);
  CHECK(some.err.find("ViT-B-32.pt") == std::string::npos);
  CHECK_THAT(some.err, Catch::Matchers::ContainsSubstring("preset release"));
  CHECK_THAT(some.err, Catch::Matchers::ContainsSubstring("bpe_simple_vocab_16e6.txt.gz"));

  // A stage alone asks for its own.
  const tests::Ran features = run("funcorr-features", {"-w", workspace, "--store"});
  INFO(features.err);
  CHECK(features.status == 3);
  CHECK_THAT(features.err, Catch::Matchers::ContainsSubstring("dinov2_vitb14_pretrain.pth"));
  CHECK(features.err.find("vocabulary") == std::string::npos);
  const tests::Ran mask = run("funcorr-mask", {"-w", workspace, "--min-free-disk-mb", "1"});
  INFO(mask.err);
  CHECK(mask.status == 0);
}

}  // namespace funcorr
