// funcorr-filter: catalogued assets → accepted ones with normalised geometry facts and surface points, the
// others with the reason. Item: an asset's uid.
#include <set>
#include <tuple>
#include <vector>

#include <spdlog/spdlog.h>

#include "db/format/hash.h"
#include "db/manifest/assets.h"
#include "pipeline/stage.h"
#include "render/filter/asset_filter.h"
#include "render/filter/edge_files.h"
#include "stages/import_ending.h"

namespace funcorr {
namespace {

struct FilterJob {
  AssetSource asset;
  std::vector<std::filesystem::path> edges;  // files of its edge probabilities; none: computed
  static constexpr auto members() {
    return std::tuple{member("asset", &FilterJob::asset), member("edges", &FilterJob::edges)};
  }
};

class FilterStage : public WorkerStage<FilterOptions, FilterJob, AssetGeometry> {
 public:
  std::string name() const override { return "filter"; }
  std::string summary() const override {
    return "Imports assets, rejects unusable ones with the reason, samples surface points.";
  }

  void list(StageContext& context, ItemSink& sink) override {
    edges_ = EdgeFiles(options().edges);
    std::int64_t assets = 0, with_edges = 0;
    for_each_asset(context.manifest, [&](const Asset& asset) {
      if (asset.format == kCropsFormat) return;
      const std::vector<std::filesystem::path> edges = edges_.of(asset.uid);
      std::string made_from = asset.content_hash;
      for (const std::filesystem::path& file : edges) made_from += ',' + sha256_file(file, 16);
      sink.want(asset.uid, made_from);
      ++assets;
      if (!edges.empty()) ++with_edges;
    });
    if (!options().edges.empty())
      spdlog::info("edges: {} has those of {} of {} assets; the others' are computed",
                   options().edges.string(), with_edges, assets);
  }

  FilterJob describe(StageContext& context, const std::string& key) override {
    return {source_of(require_asset(context.manifest, key)), edges_.of(key)};
  }

  std::vector<std::filesystem::path> readable_folders(StageContext& context) override {
    std::set<std::filesystem::path> roots;
    if (!options().edges.empty()) roots.insert(options().edges);
    for_each_asset(context.manifest, [&](const Asset& asset) { roots.insert(asset.root); });
    return {roots.begin(), roots.end()};
  }

  void commit(StageContext& context, const std::string& key, const AssetGeometry& geometry) override {
    set_asset_geometry(context.manifest, key, geometry);
  }

 private:
  EdgeFiles edges_{{}};
};

class FilterWorker {
 public:
  FilterWorker(const FilterOptions& options, const WorkContext& context)
      : options_(options), context_(context) {}

  Result<AssetGeometry> work(const std::string& key, const FilterJob& job) {
    try {
      return filter_asset(job.asset, options_, item_seed(context_.seed, "filter", key),
                          context_.workspace.asset(key), job.edges);
    } catch (const ImportError& error) {
      return ending_of(error, job.asset);
    }
  }

 private:
  FilterOptions options_;
  WorkContext context_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  return funcorr::stage_main<funcorr::FilterStage, funcorr::FilterWorker>(argc, argv);
}
