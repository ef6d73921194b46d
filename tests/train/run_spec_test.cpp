#include "train/trainer/run_spec.h"

#include "db/format/error.h"
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
  CHECK((full.functional_loss == FunctionalLoss::kReference));
  CHECK(full.spatial_weight == 10);
  CHECK(full.mask_weight == 1);
  CHECK(full.model.head.mask);
  CHECK(config_of("full-no-mask").mask_weight == 0);
  CHECK_FALSE(config_of("full-no-mask").model.head.mask);
  CHECK(config_of("functional").spatial_weight == 0);
  CHECK(config_of("functional").mask_weight == 1);
  CHECK((config_of("spatial").functional_loss == FunctionalLoss::kNone));
  CHECK((config_of("full-paper").functional_loss == FunctionalLoss::kPaper));
}

TEST_CASE("runs: sweeps name a config and change its values") {
  const auto specs = parse_runs({"full", "s5=full:spatial_weight=5:seed=3", "mine:steps=7:mask_weight=0"});
  REQUIRE(specs.size() == 3);
  CHECK(specs[1].name == "s5");
  CHECK((specs[1].kind == RunKind::kFull));
  TrainingConfig config;
  apply(specs[1], config);
  CHECK(config.spatial_weight == 5);
  CHECK(config.seed == 3);
  CHECK((specs[2].kind == RunKind::kFull));
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
  CHECK_THAT(refusal({"a:layers=2.5"}), ContainsSubstring("layers=2.5"));
  CHECK_THAT(refusal({"a:functional_loss=best"}), ContainsSubstring("reference, paper, none"));
  CHECK_THAT(refusal({"full", "full"}), ContainsSubstring("twice"));
  CHECK_THAT(refusal({"../a"}), ContainsSubstring("a name without"));
  CHECK_THAT(refusal({"=full"}), ContainsSubstring("a name without"));
}

TEST_CASE("runs: values are bounded as the options of training are") {
  using Catch::Matchers::ContainsSubstring;
  std::size_t bounded = 0;
  for (const BoundOption<TrainingConfig>& one : TrainingConfig::options().options()) {
    const Option& option = one.described();
    if (option.type != OptionType::kInt && option.type != OptionType::kDouble) continue;
    const std::string key = "a:" + option.name + "=";
    INFO(option.name);
    ++bounded;
    CHECK(refusal({key + std::to_string(option.max)}) == "accepted");
    CHECK(refusal({key + std::to_string(option.min)}) == "accepted");
    CHECK_THAT(refusal({key + std::to_string(2 * option.max)}), ContainsSubstring(allowed_range(option)));
    CHECK_THAT(refusal({key + std::to_string(option.min - 1)}), ContainsSubstring(allowed_range(option)));
  }
  CHECK(bounded > 20);
  CHECK_THAT(refusal({"a:cooldown=1.5"}), ContainsSubstring("cooldown = 1.5: allowed is a number 0 … 1"));
  CHECK_THAT(refusal({"a:seed=-1"}), ContainsSubstring("seed = -1"));
  CHECK_THAT(refusal({"a:steps=inf"}), ContainsSubstring("steps=inf"));
  CHECK(config_of("a:steps=1e5").steps == 100'000);
}

}  // namespace funcorr
