// funcorr-catalog: folder trees → one row per asset. Item: a folder tree, which is walked whole.
#include <algorithm>
#include <iostream>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "db/manifest/assets.h"
#include "pipeline/stage.h"
#include "stages/catalog/listing.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

struct CatalogOptions {
  std::vector<fs::path> roots, follow_links, captions;
  ListingOptions listing;

  static const OptionList<CatalogOptions>& options() {
    static const OptionList<CatalogOptions> list{
        option("roots", &CatalogOptions::roots)
            .help(
                "folders with assets (glb, gltf, obj, dae, stl, ply, off, fbx; a zip of one), searched with "
                "their subfolders"),
        option("follow_links", &CatalogOptions::follow_links)
            .help(
                "folders into which symbolic links of the roots are followed; what lies there is listed once")
            .changes_results_if_set(),
        option("captions", &CatalogOptions::captions)
            .help("tables (CSV or TSV) with columns uid or path, and any of caption, category, name, up; "
                  "Cap3D's table; Objaverse's lvis-annotations and metadata (.json or .json.gz); folders "
                  "of them"),
        options_of(&CatalogOptions::listing),
    };
    return list;
  }
};

class CatalogStage : public InProcessStage<CatalogOptions, Nothing, Listing> {
 public:
  std::string name() const override { return "catalog"; }
  std::string summary() const override {
    return "Lists the 3D assets of one or more folder trees in the manifest.";
  }
  int batch_size() const override { return 1; }

  void begin(StageContext& context) override {
    std::set<std::string> kept, gone;
    for (const Tree& tree : trees()) kept.insert(tree.folder);
    for_each_asset(context.manifest, [&](const Asset& asset) {
      if (!kept.contains(asset.root) && asset.format != kCropsFormat) gone.insert(asset.root);
    });
    for (const std::string& root : gone) {
      spdlog::info("{} is no root any more: its assets leave the manifest", root);
      remove_assets_not_in(context.manifest, root, {});
    }
  }

  void list(StageContext&, ItemSink& sink) override {
    const std::vector<fs::path> tables = caption_tables_of_options();
    for (const Tree& tree : trees()) sink.want(tree.folder.string(), listing_hash(tree, tables));
  }

  Nothing describe(StageContext&, const std::string&) override { return {}; }

  void run(StageContext& context, std::vector<Claimed> items, const Finish& finish) override {
    const std::vector<Tree> all = trees();
    for (const Claimed& item : items) {
      const auto tree = std::ranges::find(all, fs::path(item.key), &Tree::folder);
      Listing listing = list_assets(*tree, options().listing, captions(), context.stop_requested);
      if (context.stop_requested()) return;
      if (const auto twin = find_twin(context, item.key, listing)) {
        finish(item.key, rejected("duplicate_uid", *twin));
        continue;
      }
      for (const std::string& warning : listing.warnings) spdlog::warn("{}", warning);
      summaries_[item.key] = to_text(item.key, listing);
      finish(item.key, std::move(listing));
    }
  }

  void commit(StageContext& context, const std::string& key, const Listing& listing) override {
    std::vector<std::string> uids;
    for (const FoundAsset& found : listing.assets) {
      upsert_asset(context.manifest, found.asset);
      for (const Caption& caption : found.captions) upsert_caption(context.manifest, caption);
      uids.push_back(found.asset.uid);
    }
    remove_assets_not_in(context.manifest, key, uids);
  }

  void end(StageContext& context) override {
    for (const auto& [root, summary] : summaries_)
      if (!context.json_output) std::cout << summary << '\n';
  }

 private:
  std::vector<Tree> trees() const { return trees_of(options().roots, options().follow_links); }

  std::vector<fs::path> caption_tables_of_options() const {
    try {
      return caption_tables(options().captions);
    } catch (const std::runtime_error& error) {
      throw UsageError(std::string("captions: ") + error.what());
    }
  }

  // Read when the first folder is walked.
  const Captions& captions() {
    if (captions_) return *captions_;
    Captions captions;
    try {
      for (const fs::path& table : caption_tables_of_options()) captions.read(table);
    } catch (const std::runtime_error& error) {
      throw UsageError(error.what());
    }
    return captions_.emplace(std::move(captions));
  }

  // An asset whose uid another file, here or in another root, has already.
  std::optional<std::string> find_twin(StageContext& context, const std::string& root,
                                       const Listing& listing) {
    UidOwners owners = owners_;
    for (const FoundAsset& found : listing.assets) {
      const std::string here = root + "/" + found.asset.path;
      std::optional<std::string> there = owners.claim(found.asset.uid, here);
      const auto stored = there ? std::nullopt : find_asset(context.manifest, found.asset.uid);
      if (stored && stored->root != root) there = stored->root + "/" + stored->path;
      if (there) return fmt::format("uid {} belongs to two files: {} and {}", found.asset.uid, *there, here);
    }
    owners_ = std::move(owners);
    return std::nullopt;
  }

  std::optional<Captions> captions_;
  UidOwners owners_;                              // of the folders that were accepted
  std::map<std::string, std::string> summaries_;  // by root
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) { return funcorr::in_process_stage_main<funcorr::CatalogStage>(argc, argv); }
