#pragma once

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "db/dataset/geometry.h"
#include "db/dataset/points.h"
#include "db/dataset/view.h"
#include "db/dataset/visible_points.h"
#include "db/format/artifact.h"
#include "db/manifest/assets.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "db/manifest/ledger.h"
#include "db/manifest/taxonomy.h"
#include "pipeline/data_file.h"
#include "pipeline/stage.h"
#include "render/camera.h"
#include "tests/catch.h"
#include "tests/db/dataset/made_points.h"
#include "tests/pipeline/program.h"
#include "tests/stages/running_server.h"
#include "tests/wait_until.h"

namespace funcorr::tests {

// What ground works on, without a renderer: four mugs with the parts "body" and the small "rim", seen in four
// views, and a fifth that shows nothing.
class GroundWorkspace {
 public:
  static constexpr int kAssets = 4, kViews = 5, kSize = 96;

  GroundWorkspace() : workspace{folder_.path()} {
    for (int i = 0; i < kAssets; ++i) write_views(workspace, uid_of(i));
    Manifest manifest(workspace.manifest());
    fill_manifest(manifest);
  }
  std::vector<std::string> arguments(const std::string& url, std::vector<std::string> more) const {
    more.insert(more.begin(),
                {"--workspace", workspace.root.string(), "--servers", url, "--model", "simulated",
                 "--stall-timeout-s", "0.5", "--retry-delay-s", "0.02", "--min-free-disk-mb", "1"});
    return more;
  }
  Ran run(const std::string& url, std::vector<std::string> more = {}) const {
    return tests::run(program(), arguments(url, std::move(more)));
  }
  // Begins ground again and again, and kills it when the server has given it so many more answers: `first`,
  // then `step` more each time; until it ends before that, or `most` times. Returns how often.
  int kill_again_and_again(const RunningServer& server, int most, std::int64_t first, std::int64_t step,
                           const std::vector<std::string>& more = {}) const {
    int kills = 0;
    for (std::int64_t answers = first; kills < most; answers += step) {
      Program ground(program(), arguments(server.url(), more));
      const std::int64_t enough = server.bill().answers + answers;
      CHECK(wait_until([&] { return !ground.running() || server.bill().answers >= enough; }));
      if (!ground.running()) break;
      ground.kill(SIGKILL);
      ground.wait();
      ++kills;
    }
    return kills;
  }
  static std::string program() { return (executable_file().parent_path() / "funcorr-ground").string(); }

  // Every box without the row that paid for it, as text.
  std::vector<std::string> boxes() const {
    Manifest manifest(workspace.manifest());
    std::vector<std::string> rows;
    for (int i = 0; i < kAssets; ++i)
      for (const std::string part : {"body", "rim"})
        for (const Box& box : boxes_of(manifest, uid_of(i), part))
          rows.push_back(fmt::format("{} {} {} {} {} {} {},{},{},{} {}", i, part, box.view, box.pass,
                                     box.sample, box.index, box.pixels.x1, box.pixels.y1, box.pixels.x2,
                                     box.pixels.y2, to_string(box.flag)));
    return rows;
  }
  Ledger::Spend spend() const {
    Manifest manifest(workspace.manifest());
    return Ledger(manifest).spend("ground");
  }

  static std::string uid_of(int asset) { return std::string(31, 'c') + static_cast<char>('0' + asset); }

 private:
  // In view v, "body" fills 20 … 80 × 30 … 60 moved right by v, "rim" the upper sixth of it. View 4 shows
  // nothing.
  static void write_views(const Workspace& workspace, const std::string& uid) {
    const std::filesystem::path folder = workspace.asset(uid);
    const std::filesystem::path label = view_folder(folder, ViewSet::kLabel);
    std::filesystem::create_directories(label);
    Geometry geometry;
    geometry.parts = {"rim", "body"};
    save_geometry(geometry_path(folder), geometry);
    std::vector<std::int16_t> parts;
    for (int y = 20; y < 80; y += 2)
      for (int x = 30; x < 60; x += 2) parts.push_back(y < 30 ? 0 : 1);
    save_points(points_path(folder), made_points(std::move(parts)));
    for (int view = 0; view < kViews; ++view) {
      VisiblePoints visible;
      Image8 rgba(kSize, kSize, 4);
      for (int y = 20; y < 80 && view < 4; y += 2)
        for (int x = 30; x < 60; x += 2) {
          visible.ids.push_back(static_cast<std::int32_t>(visible.ids.size()));
          visible.pixels.push_back({x + view, y});
          rgba.at(x + view, y)[3] = 255;
        }
      save_visible_points(visible_points_path(label, view), visible);
      save_view_image(view_image_path(label, view), rgba);
    }
    write_cameras(cameras_path(label), labelling_cameras(kViews, kSize, 1));
  }

  static void fill_manifest(Manifest& manifest) {
    replace_category(manifest, "mug", {"pour-with"},
                     {{"mug", "body", "What holds. The *wall*", false, false, {"pour-with"}},
                      {"mug", "rim", "the upper edge", true, true, {"pour-with"}}});
    Items items(manifest, "render");
    items.begin_listing({});
    std::vector<ItemOutcome> done;
    for (int i = 0; i < kAssets; ++i) {
      Asset asset;
      asset.uid = uid_of(i);
      asset.category = "mug";
      asset.format = "glb";
      upsert_asset(manifest, asset);
      std::vector<View> views;
      for (int view = 0; view < kViews; ++view) {
        View row;
        row.set = ViewSet::kLabel;
        row.index = view;
        if (view == 4) row.flags.insert(ViewFlag::kBlank);
        views.push_back(row);
      }
      replace_views(manifest, asset.uid, views);
      items.want({{asset.uid, "options:views"}});
      done.emplace_back();
      done.back().key = asset.uid;
    }
    items.end_listing();
    items.finish(done);
  }

  TemporaryFolder folder_;

 public:
  Workspace workspace;
};

// Answers from its truth, without noise.
inline SimulatedServerOptions server_options(const Workspace& workspace) {
  SimulatedServerOptions options;
  options.workspace = workspace.root;
  options.threads = 80;
  options.noise = {0, 0, 0, 0, 0};
  return options;
}

}  // namespace funcorr::tests
