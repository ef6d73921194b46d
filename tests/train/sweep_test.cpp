#include "train/trainer/sweep.h"

#include <set>

#include "tests/catch.h"

namespace funcorr {
namespace {

using Strings = std::vector<std::string>;

// The demo's, in short.
TrainingConfig base_config() {
  TrainingConfig base;
  base.spatial_weight = 3;
  base.steps = 1000;
  return base;
}

SweepOptions sweep_of(Strings grid, Strings settings = {}, Strings seeds = {}) {
  return {"s", std::move(grid), std::move(settings), std::move(seeds)};
}

Strings names_of(const SweepOptions& options, const TrainingConfig& base = base_config()) {
  Strings names;
  for (const SweepPoint& point : expand_sweep(options, base)) names.push_back(point.spec.name);
  return names;
}

std::string refusal(const SweepOptions& options) {
  try {
    expand_sweep(options, base_config());
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("sweep: a grid is all combinations with all seeds, the base first and once") {
  const SweepOptions options = sweep_of({"spatial_weight=1,3,10", "temperature=0.05", "0.1"}, {}, {"7", "8"});
  const std::vector<SweepPoint> points = expand_sweep(options, base_config());
  const Strings settings{"base",
                         "spatial_weight=1, temperature=0.05",
                         "spatial_weight=1",
                         "temperature=0.05",
                         "spatial_weight=10, temperature=0.05",
                         "spatial_weight=10"};
  REQUIRE(points.size() == 2 * settings.size());
  std::set<std::string> names;
  for (std::size_t i = 0; i < points.size(); ++i) {
    INFO(points[i].spec.name);
    CHECK(points[i].setting == settings[i / 2]);
    CHECK(points[i].seed == (i % 2 == 0 ? "7" : "8"));
    CHECK(is_sweep_run(points[i].spec.name));
    CHECK(names.insert(points[i].spec.name).second);
    TrainingConfig config = base_config();
    apply(points[i].spec, config);
    CHECK(config.seed == (i % 2 == 0 ? 7 : 8));
    const double weight = i / 2 == 1 || i / 2 == 2 ? 1 : i / 2 >= 4 ? 10 : 3;
    CHECK(config.spatial_weight == weight);
    CHECK(config.temperature == (i / 2 == 1 || i / 2 == 3 || i / 2 == 4 ? 0.05 : 0.1));
  }
  CHECK(points[0].spec.name == "sweep.base.seed-7");
  CHECK(points[3].spec.name == "sweep.spatial_weight-1.temperature-0.05.seed-8");
  CHECK(sweep_text(points).starts_with("6 settings × 2 seeds: base; spatial_weight=1, temperature=0.05; "));
}

TEST_CASE("sweep: a name follows from what is changed, however it is written and whatever else is swept") {
  const Strings expected{"sweep.base", "sweep.steps-500"};
  CHECK(names_of(sweep_of({"steps=1000,500"})) == expected);
  CHECK(names_of(sweep_of({"steps=1e3", "5e2", "500.0"})) == expected);
  CHECK(names_of(sweep_of({"steps=500", "spatial_weight=3.0"})) == expected);
  CHECK(names_of(sweep_of({}, {}, {"1", "2", "1"})) == Strings{"sweep.base.seed-1", "sweep.base.seed-2"});
  // Texts that a file's name cannot hold, or that are too long for one.
  CHECK(names_of(sweep_of({"initial=runs/a b.safetensors"})).back() ==
        "sweep.initial-runs%2Fa_b.safetensors");
  const std::string far(300, 'x');
  const Strings longs = names_of(sweep_of({"initial=" + far + "1", far + "2"}));
  CHECK(longs[1].size() < 200);
  CHECK(longs[1] != longs[2]);
}

TEST_CASE("sweep: named settings stand beside the grid, each once") {
  const auto points =
      expand_sweep(sweep_of({"hidden_dimension=512"},
                            {"wide=full:hidden_dimension=2048:spatial_weight=3", "alone=functional",
                             "same=full:steps=1000", "half:hidden_dimension=512"}),
                   base_config());
  REQUIRE(points.size() == 4);
  CHECK(points[1].setting == "hidden_dimension=512");
  CHECK(points[2].setting == "wide");
  CHECK(points[2].spec.name == "sweep.hidden_dimension-2048");
  CHECK(points[2].spec.changes() == "full,hidden_dimension=2048");
  CHECK(points[3].spec.changes() == "functional");
  CHECK(points[3].spec.name == "sweep.functional");
}

TEST_CASE("sweep: what cannot be meant is refused by name") {
  using Catch::Matchers::ContainsSubstring;
  CHECK_THAT(refusal(sweep_of({})), ContainsSubstring("nothing to compare"));
  CHECK_THAT(refusal(sweep_of({"spatial_weight=3"})), ContainsSubstring("nothing to compare"));
  CHECK_THAT(refusal(sweep_of({"3", "spatial_weight=1"})), ContainsSubstring("begins with \"3\""));
  CHECK_THAT(refusal(sweep_of({"colour=red"})), ContainsSubstring("colour=red: unknown key"));
  CHECK_THAT(refusal(sweep_of({"spatial_weight=ten"})), ContainsSubstring("spatial_weight=ten"));
  CHECK_THAT(refusal(sweep_of({"steps=1", "temperature=1", "steps=2"})), ContainsSubstring("steps twice"));
  CHECK_THAT(refusal(sweep_of({"seed=1,2"})), ContainsSubstring("by the option seeds"));
  CHECK_THAT(refusal(sweep_of({}, {"a:seed=1"})), ContainsSubstring("by the option seeds"));
  CHECK_THAT(refusal(sweep_of({}, {}, {"one"})), ContainsSubstring("seed=one"));
  CHECK_THAT(refusal(sweep_of({}, {"base=functional"})), ContainsSubstring("base is the configuration"));
  CHECK_THAT(refusal(sweep_of({}, {"a:steps=1", "a:steps=2"})), ContainsSubstring("are called a"));
  CHECK_THROWS_AS(parse_runs({"sweep.base"}), UsageError);
}

TEST_CASE("runs: every option of training may be changed, paths are found from the workspace") {
  const auto config_of = [](const std::string& entry) {
    TrainingConfig config;
    apply(parse_runs({entry}).front(), config, "/w");
    return config;
  };
  CHECK(config_of("a:hidden_dimension=7").model.head.hidden_dimension == 7);
  CHECK_FALSE(config_of("a:backgrounds=false").backgrounds);
  CHECK((config_of("a:text=clip").model.text.kind == TextKind::kClip));
  CHECK(config_of("a:initial=x/y.safetensors").initial == "/w/x/y.safetensors");
  CHECK(config_of("a:initial=/x/y.safetensors").initial == "/x/y.safetensors");
  CHECK(config_of("a:initial=").initial.empty());
  const TrainingConfig scripted = config_of("a:backbone=script:my:own.pt:steps=7");
  CHECK(scripted.model.backbone.kind == "script:my:own.pt");
  CHECK(scripted.steps == 7);
  CHECK_THROWS_AS(parse_runs({"a:steps=7:colour=red"}), UsageError);
  CHECK_THROWS_AS(parse_runs({"a:backgrounds=perhaps"}), UsageError);
}

}  // namespace funcorr
