#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "db/dataset/crop_file.h"
#include "db/dataset/pair_file.h"
#include "db/format/image.h"
#include "db/manifest/assets.h"
#include "db/manifest/evaluation.h"
#include "db/manifest/items.h"
#include "pipeline/data_file.h"
#include "pipeline/stage.h"
#include "tests/catch.h"
#include "tests/db/dataset/shards.h"
#include "tests/pipeline/program.h"

namespace funcorr::tests {

// A workspace as pack leaves it: four objects, one of them held out.
struct PackedWorkspace {
  PackedWorkspace() : workspace{folder.path()} {
    Manifest manifest(workspace.manifest());
    Items items(manifest, "pack");
    items.begin_listing({});
    std::vector<std::string> uids;
    for (const char letter : {'a', 'b', 'c', 'd'}) {
      const std::string uid(32, letter);
      MadeObject object;
      object.views = 3;
      object.category = std::string("tool ") + letter;
      Asset asset;
      asset.uid = uid;
      asset.category = object.category;
      asset.format = "glb";
      upsert_asset(manifest, asset);
      set_split(manifest, uid, letter == 'd' ? Split::kTest : Split::kTrain);
      std::filesystem::create_directories(workspace.shard(uid).parent_path());
      write_shard(workspace.shard(uid), make_content(uid, object, static_cast<std::uint64_t>(letter)));
      items.want({{uid, "options:upstream"}});
      uids.push_back(uid);
    }
    items.end_listing();
    for (const std::string& uid : uids) {
      ItemOutcome outcome;
      outcome.key = uid;
      items.finish({outcome});
    }
  }

  static std::string program(const std::string& stage) {
    return (executable_file().parent_path() / ("funcorr-" + stage)).string();
  }
  std::vector<std::string> arguments(const std::vector<std::string>& more) const {
    std::vector<std::string> all{"--workspace", folder.path().string(), "--min-free-disk-mb", "1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::vector<std::string> training(const std::string& runs, int steps,
                                    const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all{"--runs",
                                 runs,
                                 "--steps",
                                 std::to_string(steps),
                                 "--pairs",
                                 "4",
                                 "--points",
                                 "16",
                                 "--token-dimension",
                                 "16",
                                 "--hidden-dimension",
                                 "24",
                                 "--device",
                                 "cpu",
                                 "--embedding-dimension",
                                 "8",
                                 "--spatial-pairs",
                                 "2",
                                 "--log-every",
                                 "4",
                                 "--validation-every",
                                 "8",
                                 "--validation-batches",
                                 "1",
                                 "--learning-rate",
                                 "0.001"};
    all.insert(all.end(), more.begin(), more.end());
    return arguments(all);
  }
  Ran run(const std::string& stage, const std::vector<std::string>& given) const {
    return tests::run(program(stage), given);
  }

  // A pair of the held-out object's first picture with itself, whose pixels correspond to themselves:
  // whatever a head has learnt. As pair leaves it.
  void add_pair_with_itself(const std::string& label) const {
    namespace fs = std::filesystem;
    const std::string uid(32, 'd');
    const ShardContent content = make_content(uid, {}, 9);
    Image8 rgb(kCropSize, kCropSize, 3), object(kCropSize, kCropSize, 1);
    rgb.pixels = content.views[0].rgb;
    std::vector<PixelPair> truth;
    for (std::size_t i = 0; i < kCropPixels; ++i) {
      const Pixel pixel = crop_pixel(i);
      object.pixels[i] = content.views[0].object[i] != 0 ? 255 : 0;
      if (object.pixels[i] != 0 && pixel.x % 8 == 0 && pixel.y % 8 == 0) truth.push_back({pixel, pixel});
    }
    fs::create_directories(crop_path(workspace.asset(uid), 0).parent_path());
    save_crop(crop_path(workspace.asset(uid), 0), rgb, object);
    Pair pair;
    const std::string annotated = annotated_pair("cut-with", uid, uid, label);
    pair.id = pair_id(annotated, 0);
    pair.function = "cut-with";
    pair.uid_1 = pair.uid_2 = uid;
    pair.path = pair_path(annotated, 0).string();
    fs::create_directories((workspace.root / pair.path).parent_path());
    save_pair_file(workspace.root / pair.path, truth);
    Manifest manifest(workspace.manifest());
    replace_pairs(manifest, annotated, {pair});
    Items items(manifest, "pair");
    items.begin_listing({.partial = true});
    items.want({{annotated, "options:upstream"}});
    items.end_listing();
    ItemOutcome outcome;
    outcome.key = annotated;
    items.finish({outcome});
  }

  TemporaryFolder folder;
  Workspace workspace;
};

}  // namespace funcorr::tests
