// funcorr-render: accepted assets → labelling and training views with cameras, depth, normals and visible
// points. Item: an asset's uid.
#include <iostream>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "db/format/hash.h"
#include "db/manifest/assets.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "pipeline/large_blocks.h"
#include "pipeline/stage.h"
#include "render/filter/asset_filter.h"
#include "render/light/environments.h"
#include "render/views/asset_renderer.h"
#include "render/views/disk_estimate.h"
#include "stages/import_ending.h"
#include "stages/render_single_file.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

struct RenderOptions {
  ViewOptions views;
  bool estimate = false;

  static const OptionList<RenderOptions>& options() {
    static const OptionList<RenderOptions> list{
        options_of(&RenderOptions::views),
        option("estimate", &RenderOptions::estimate)
            .help("print the disk space that rendering takes, and stop")
            .leaves_results(),
    };
    return list;
  }
};

struct RenderJob {
  AssetSource asset;
  ViewDraw draw;
  static constexpr auto members() {
    return std::tuple{member("asset", &RenderJob::asset), member("draw", &RenderJob::draw)};
  }
};

struct RenderProduct {
  std::vector<View> views;
  static constexpr auto members() { return std::tuple{member("views", &RenderProduct::views)}; }
};

class RenderStage : public WorkerStage<RenderOptions, RenderJob, RenderProduct> {
 public:
  std::string name() const override { return "render"; }
  std::string summary() const override {
    return "Renders labelling and training views of accepted assets, with the surface points each shows. "
           "(One file without a workspace: --file X.glb --out DIR; see --file X --help.)";
  }
  bool only_estimates() const override { return options().estimate; }

  void begin(StageContext& context) override {
    for (const std::string& notice : AssetRenderer(options().views, context.threads).check_inputs())
      spdlog::warn("{}", notice);
  }

  void list(StageContext& context, ItemSink& sink) override {
    std::string files;
    for (const std::string& name : environments())
      files += (is_builtin_environment(name) ? name : sha256_file(name, 16)) + ',';
    for (const fs::path& cameras : options().views.camera_files()) files += sha256_file(cameras, 16) + ',';
    std::int64_t assets = 0;
    for_each_done_item(context.manifest, "filter", [&](const DoneItem& item) {
      sink.want(item.key, item.fingerprint + ',' + files);
      ++assets;
    });
    if (options().estimate) print_estimate(assets);
  }

  RenderJob describe(StageContext& context, const std::string& key) override {
    const std::uint64_t seed = item_seed(context.seed, name(), key);
    return {source_of(require_asset(context.manifest, key)),
            draw_views(environments(), options().views.hdri_rotation, seed)};
  }

  std::vector<fs::path> readable_folders(StageContext& context) override {
    std::set<fs::path> folders;
    for (const fs::path& file : options().views.camera_files()) folders.insert(file.parent_path());
    for (const std::string& name : environments())
      if (!is_builtin_environment(name)) folders.insert(fs::path(name).parent_path());
    for_each_asset(context.manifest, [&](const Asset& asset) { folders.insert(asset.root); });
    return {folders.begin(), folders.end()};
  }

  void commit(StageContext& context, const std::string& key, const RenderProduct& product) override {
    replace_views(context.manifest, key, product.views);
  }

 private:
  std::vector<std::string> environments() const { return environment_names(options().views.hdri); }

  void print_estimate(std::int64_t assets) const {
    const ViewOptions& views = options().views;
    const DiskEstimate mb = estimate_disk(views, static_cast<double>(FilterOptions{}.points));
    std::cout << fmt::format(
        "about {:.1f} MB per asset: PNG {:.1f}, EXR {:.1f}, visible points {:.1f} ({} views of {} px)\n"
        "{} assets: about {:.2f} GB in all\n",
        mb.all_mb(), mb.png_mb, mb.exr_mb, mb.visible_points_mb, views.label_views + views.train_views,
        views.size_px, assets, static_cast<double>(assets) * mb.all_mb() * 1e-3);
  }
};

class RenderWorker {
 public:
  RenderWorker(const RenderOptions& options, const WorkContext& context)
      : workspace_(context.workspace), renderer_(options.views, context.threads) {}

  Result<RenderProduct> work(const std::string& key, const RenderJob& job) {
    try {
      return RenderProduct{renderer_.render(job.asset, job.draw, workspace_.asset(key))};
    } catch (const ImportError& error) {
      return ending_of(error, job.asset);
    }
  }

 private:
  Workspace workspace_;
  AssetRenderer renderer_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::keep_large_blocks();
  if (funcorr::asks_for_single_file(argc, argv)) return funcorr::render_single_file_main(argc, argv);
  return funcorr::stage_main<funcorr::RenderStage, funcorr::RenderWorker>(argc, argv);
}
