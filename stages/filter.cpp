// funcorr-filter: catalogued assets → accepted ones with normalised geometry facts and surface points, the
// others with the reason. Item: an asset's uid.
#include <set>

#include "db/manifest/assets.h"
#include "pipeline/stage.h"
#include "render/filter/asset_filter.h"
#include "stages/import_ending.h"

namespace funcorr {
namespace {

class FilterStage : public WorkerStage<FilterOptions, AssetSource, AssetGeometry> {
 public:
  std::string name() const override { return "filter"; }
  std::string summary() const override {
    return "Imports assets, rejects unusable ones with the reason, samples surface points.";
  }

  void list(StageContext& context, ItemSink& sink) override {
    for_each_asset(context.manifest, [&](const Asset& asset) {
      if (asset.format != kCropsFormat) sink.want(asset.uid, asset.content_hash);
    });
  }

  AssetSource describe(StageContext& context, const std::string& key) override {
    return source_of(require_asset(context.manifest, key));
  }

  std::vector<std::filesystem::path> readable_folders(StageContext& context) override {
    std::set<std::filesystem::path> roots;
    for_each_asset(context.manifest, [&](const Asset& asset) { roots.insert(asset.root); });
    return {roots.begin(), roots.end()};
  }

  void commit(StageContext& context, const std::string& key, const AssetGeometry& geometry) override {
    set_asset_geometry(context.manifest, key, geometry);
  }
};

class FilterWorker {
 public:
  FilterWorker(const FilterOptions& options, const WorkContext& context)
      : options_(options), context_(context) {}

  Result<AssetGeometry> work(const std::string& key, const AssetSource& source) {
    try {
      return filter_asset(source, options_, item_seed(context_.seed, "filter", key),
                          context_.workspace.asset(key));
    } catch (const ImportError& error) {
      return ending_of(error, source);
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
