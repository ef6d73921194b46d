#include "stages/training/run_spec.h"

#include "pipeline/options.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

TrainingConfig config_of(const std::string& entry) {
  TrainingConfig config;
  apply(parse_runs({entry}).front(), config);
  return config;
}

std::string refusal(const std::vector<std::string>& entries) {
  try {
    parse_runs(entries);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("runs: the paper's ablations by their names") {
  const TrainingConfig full = config_of("full");
  CHECK(full.functional_loss == "reference");
  CHECK(full.spatial_weight == 10);
  CHECK(full.mask_weight == 1);
  CHECK(full.model.head.mask);
  CHECK(config_of("full-no-mask").mask_weight == 0);
  CHECK_FALSE(config_of("full-no-mask").model.head.mask);
  CHECK(config_of("functional").spatial_weight == 0);
  CHECK(config_of("functional").mask_weight == 1);
  CHECK(config_of("spatial").functional_loss == "none");
  CHECK(config_of("full-paper").functional_loss == "paper");
}

TEST_CASE("runs: sweeps name a config and change its values") {
  const auto specs = parse_runs({"full", "s5=full:spatial_weight=5:seed=3", "mine:steps=7:mask_weight=0"});
  REQUIRE(specs.size() == 3);
  CHECK(specs[1].name == "s5");
  CHECK(specs[1].config == "full");
  TrainingConfig config;
  apply(specs[1], config);
  CHECK(config.spatial_weight == 5);
  CHECK(config.seed == 3);
  CHECK(specs[2].config == "full");
  config = {};
  apply(specs[2], config);
  CHECK(config.steps == 7);
  CHECK_FALSE(config.model.head.mask);
}

TEST_CASE("runs: what cannot be meant is refused by name") {
  using Catch::Matchers::ContainsSubstring;
  CHECK_THAT(refusal({"a=fulll"}), ContainsSubstring("\"fulll\" is no config"));
  CHECK_THAT(refusal({"a:colour=red"}), ContainsSubstring("colour=red"));
  CHECK_THAT(refusal({"a:steps"}), ContainsSubstring("\"steps\""));
  CHECK_THAT(refusal({"a:spatial_weight=ten"}), ContainsSubstring("spatial_weight=ten"));
  CHECK_THAT(refusal({"a:spatial_weight=-1"}), ContainsSubstring("spatial_weight=-1"));
  CHECK_THAT(refusal({"a:functional_loss=best"}), ContainsSubstring("reference, paper, none"));
  CHECK_THAT(refusal({"full", "full"}), ContainsSubstring("twice"));
  CHECK_THAT(refusal({"../a"}), ContainsSubstring("a name without"));
  CHECK_THAT(refusal({"=full"}), ContainsSubstring("a name without"));
}

}  // namespace funcorr
