#include "train/trainer/training_config.h"

#include "db/format/error.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

using nlohmann::json;

// As checkpoints, config.json and manifests of every version have it.
const char* const kDefaults =
    R"({"model":{"backbone":{"heads":0,"kind":"weight-free","layers":3,"precision":"float32","stride_px":0,)"
    R"("weights":""},"backbone_channels":0,"backbone_identity":"","backbone_layers":0,"functions":[],)"
    R"("head":{"embedding_dimension":256,"hidden_dimension":1024,"mask":true,"token_dimension":512},)"
    R"("text":{"dimension":64,"heads":0,"kind":"learned","vocabulary":"","weights":""}},)"
    R"("training":{"accumulation":1,"backgrounds":true,"cooldown":0.0,"data_fingerprint":"",)"
    R"("functional_loss":"reference","functional_pairs":50,"initial":"","initial_identity":"",)"
    R"("learning_rate":0.0001,"least_items":3,"least_part_pixels":33,"least_shared_points":128,)"
    R"("log_every":50,"loss_limit":10000.0,"mask_weight":1.0,"points":128,"precision":"float32","seed":0,)"
    R"("spatial_pairs":50,"spatial_weight":10.0,"steps":100000,"temperature":0.1,"validation_batches":8,)"
    R"("validation_every":1000,"weight_decay":0.01}})";
const char* const kOthers =
    R"({"model":{"backbone":{"heads":6,"kind":"dinov2","layers":4,"precision":"bfloat16","stride_px":7,)"
    R"("weights":"/w/b14.pth"},"backbone_channels":384,"backbone_identity":"dinov2/x","backbone_layers":4,)"
    R"("functions":["cut-with"],"head":{"embedding_dimension":8,"hidden_dimension":24,"mask":false,)"
    R"("token_dimension":16},"text":{"dimension":512,"heads":8,"kind":"clip","vocabulary":"bpe.txt.gz",)"
    R"("weights":"clip.pt"}},"training":{"accumulation":2,"backgrounds":false,"cooldown":0.2,)"
    R"("data_fingerprint":"ab","functional_loss":"paper","functional_pairs":4,)"
    R"("initial":"runs/a/final.safetensors","initial_identity":"cd","learning_rate":0.003,"least_items":3,)"
    R"("least_part_pixels":1,"least_shared_points":2,"log_every":4,"loss_limit":1e+300,"mask_weight":0.0,)"
    R"("points":16,"precision":"float16","seed":18446744073709551615,"spatial_pairs":2,"spatial_weight":2.5,)"
    R"("steps":12,"temperature":0.07,"validation_batches":3,"validation_every":0,"weight_decay":0.1}})";

TrainingConfig other_config() {
  TrainingConfig config;
  config.model.backbone = {"dinov2", "/w/b14.pth", 4, 6, 7, Precision::kBFloat16};
  config.model.text = {TextKind::kClip, "clip.pt", "bpe.txt.gz", 8, 512};
  config.model.head = {16, 24, 8, false};
  config.model.functions = {"cut-with"};
  config.model.backbone_identity = "dinov2/x";
  config.model.backbone_channels = 384;
  config.model.backbone_layers = 4;
  config.functional_loss = FunctionalLoss::kPaper;
  config.spatial_weight = 2.5;
  config.mask_weight = 0;
  config.temperature = 0.07;
  config.batch = {4, 2, 16};
  config.rules = {1, 2, 3};
  config.accumulation = 2;
  config.backgrounds = false;
  config.precision = Precision::kFloat16;
  config.learning_rate = 3e-3;
  config.weight_decay = 0.1;
  config.cooldown = 0.2;
  config.steps = 12;
  config.seed = 18446744073709551615ULL;
  config.validation_every = 0;
  config.validation_batches = 3;
  config.log_every = 4;
  config.loss_limit = 1e300;
  config.data_fingerprint = "ab";
  config.initial = "runs/a/final.safetensors";
  config.initial_identity = "cd";
  return config;
}

}  // namespace

TEST_CASE("training config: its text is that of every earlier version") {
  CHECK(json(TrainingConfig()).dump() == kDefaults);
  CHECK(json(other_config()).dump() == kOthers);
  CHECK(json(json::parse(kOthers).get<TrainingConfig>()).dump() == kOthers);
}

TEST_CASE("training config: what came later stands in its text where it is set, and is read back") {
  TrainingConfig config;
  config.model.head.shortcut = true;
  CHECK(json(config)["model"]["head"]["shortcut"] == true);
  CHECK(json(config).get<TrainingConfig>().model.head.shortcut);
  CHECK_FALSE(json::parse(kOthers).get<TrainingConfig>().model.head.shortcut);
}

TEST_CASE(
    "training config: what an older version did not know keeps its default, what does not fit is named") {
  using Catch::Matchers::ContainsSubstring;
  json stored = json::parse(kOthers);
  stored["training"].erase("cooldown");
  stored["model"]["backbone"].erase("precision");
  const auto config = stored.get<TrainingConfig>();
  CHECK(config.cooldown == 0);
  CHECK((config.model.backbone.precision == Precision::kFloat32));
  CHECK(config.steps == 12);
  CHECK(json(json::object().get<TrainingConfig>()).dump() == kDefaults);

  const auto reading = [](const char* text) { return json::parse(text).get<TrainingConfig>(); };
  CHECK_THROWS_WITH(reading(R"({"training": {"steps": "ten"}})"),
                    ContainsSubstring("training config: \"steps\" holds \"ten\""));
  CHECK_THROWS_WITH(reading(R"({"training": {"functional_loss": "best"}})"),
                    ContainsSubstring("\"functional_loss\": \"best\" is none of reference, paper, none"));
  CHECK_THROWS_WITH(reading(R"({"model": {"head": 3}})"), ContainsSubstring("\"head\": a JSON object"));
  CHECK_THROWS_WITH(reading(R"({"model": {"backbone": {"stride_px": 300}}})"),
                    ContainsSubstring("stride = 300"));
}

TEST_CASE("training config: its defaults are allowed, and values out of range are refused by name") {
  TrainingConfig config;
  CHECK_NOTHROW(TrainingConfig::options().check(config));
  config.cooldown = 1.5;
  CHECK_THROWS_WITH(TrainingConfig::options().check(config),
                    Catch::Matchers::ContainsSubstring("cooldown = 1.5: allowed is a number 0 … 1"));
  config = {};
  config.batch.points = 1;
  CHECK_THROWS_AS(TrainingConfig::options().check(config), UsageError);
}

TEST_CASE("training config: several processes share the machine's cores, one alone leaves them to LibTorch") {
  TrainingResources resources;
  CHECK(resources.torch_threads() == 0);
  resources.processes = 1024;
  CHECK(resources.torch_threads() == 1);
}

}  // namespace funcorr
