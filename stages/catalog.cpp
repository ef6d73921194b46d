#include <iostream>
#include <map>
#include <set>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "db/manifest/assets.h"
#include "pipeline/stage.h"
#include "stages/catalog/listing.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

// One item per folder tree: walks it and stores one row per asset.
class CatalogStage : public Stage {
 public:
  std::string name() const override { return "catalog"; }
  std::string summary() const override {
    return "Lists the 3D assets of one or more folder trees in the manifest.";
  }
  bool in_process() const override { return true; }
  int batch_size() const override { return 1; }

  OptionTable options() const override {
    Option roots{.name = "roots", .type = OptionType::kPathList, .default_value = nlohmann::json::array()};
    roots.help =
        "folders with assets (glb, gltf, obj, dae, stl, ply, fbx), searched with all their subfolders";
    Option captions{
        .name = "captions", .type = OptionType::kPathList, .default_value = nlohmann::json::array()};
    captions.help =
        "tables (CSV or TSV) with columns uid or path, and any of caption, category, name, up; Cap3D's "
        "table; "
        "Objaverse's lvis-annotations and metadata (.json or .json.gz); folders of them";
    Option pattern{.name = "category_pattern", .default_value = "([A-Za-z][A-Za-z _-]*?)__.*"};
    pattern.help =
        "regular expression in the path beneath the root; its first group is the category (- and _ read as "
        "blanks)";
    Option suffix{.name = "part_folder_suffix", .default_value = "_parts"};
    suffix.help = "a folder so named is one asset, its mesh files are the parts; empty: none is";
    return {roots, captions, pattern, suffix};
  }

  void begin(StageContext& context) override {
    const std::vector<fs::path> wanted = roots(context);
    std::set<std::string> kept(wanted.begin(), wanted.end()), gone;
    for_each_asset(*context.manifest, [&](const Asset& asset) {
      if (!kept.contains(asset.root) && asset.format != kCropsFormat) gone.insert(asset.root);
    });
    for (const std::string& root : gone) {
      spdlog::info("{} is no root any more: its assets leave the manifest", root);
      remove_assets_not_in(*context.manifest, root, {});
    }
  }

  void list_items(StageContext& context, ItemSink& sink) override {
    const std::vector<fs::path> tables = tables_of(context);
    for (const fs::path& root : roots(context)) sink.want(root.string(), listing_hash(root, tables));
  }

  void run_in_process(StageContext& context, const std::vector<Claimed>& items,
                      const std::function<void(const std::string&, ItemResult)>& finish) override {
    Captions captions;
    try {
      for (const fs::path& table : tables_of(context)) captions.read(table);
    } catch (const std::runtime_error& error) {
      throw UsageError(error.what());
    }
    const ListingOptions options{context.options.get_string("category_pattern"),
                                 context.options.get_string("part_folder_suffix")};
    for (const Claimed& item : items) {
      Listing listing = list_assets(item.key, options, captions, context.stop_requested);
      if (context.stop_requested()) return;
      if (const std::string twin = find_twin(context, item.key, listing); !twin.empty()) {
        finish(item.key, ItemResult::rejected("duplicate_uid", twin));
        continue;
      }
      for (const std::string& warning : listing.warnings) spdlog::warn("{}", warning);
      listings_[item.key] = std::move(listing);
      finish(item.key, ItemResult::done());
    }
  }

  void commit(StageContext& context, const std::string& key, const ItemResult&) override {
    std::vector<std::string> uids;
    for (const FoundAsset& found : listings_.at(key).assets) {
      upsert_asset(*context.manifest, found.asset);
      for (const Caption& caption : found.captions) upsert_caption(*context.manifest, caption);
      uids.push_back(found.asset.uid);
    }
    remove_assets_not_in(*context.manifest, key, uids);
  }

  void end(StageContext& context) override {
    if (context.json_output) return;
    for (const auto& [root, listing] : listings_) {
      std::map<std::string, int> formats;
      for (const FoundAsset& found : listing.assets) ++formats[found.asset.format];
      std::cout << fmt::format("{}: {} assets ({}); no mesh: {}\n", root, listing.assets.size(),
                               counts(formats), counts(listing.skipped));
    }
  }

 private:
  static std::vector<fs::path> tables_of(const StageContext& context) {
    try {
      return caption_tables(context.options.get_paths("captions"));
    } catch (const std::runtime_error& error) {
      throw UsageError(std::string("captions: ") + error.what());
    }
  }

  static std::vector<fs::path> roots(const StageContext& context) {
    std::vector<fs::path> found;
    for (const fs::path& root : context.options.get_paths("roots")) {
      if (!fs::is_directory(root)) throw UsageError("catalog.roots: " + root.string() + " is no folder");
      found.push_back(fs::canonical(root));
      for (std::size_t i = 0; i + 1 < found.size(); ++i)
        if (found[i] == found.back()) throw UsageError("catalog.roots: " + root.string() + " occurs twice");
    }
    if (found.empty())
      throw UsageError("catalog.roots: no folder is given; name at least one folder with assets");
    return found;
  }

  template <typename Map>
  static std::string counts(const Map& map) {
    std::string text;
    for (const auto& [what, count] : map)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, what);
    return text.empty() ? "none" : text;
  }

  // An asset whose uid another file, here or in another root, has already.
  std::string find_twin(StageContext& context, const std::string& root, const Listing& listing) const {
    std::map<std::string, std::string> seen;
    for (const auto& [other, assets] : listings_)
      if (other != root)
        for (const FoundAsset& found : assets.assets) seen[found.asset.uid] = other + "/" + found.asset.path;
    for (const FoundAsset& found : listing.assets) {
      const std::string here = root + "/" + found.asset.path;
      std::string there;
      if (const auto [entry, is_new] = seen.try_emplace(found.asset.uid, here); !is_new)
        there = entry->second;
      const auto stored = there.empty() ? find_asset(*context.manifest, found.asset.uid) : std::nullopt;
      if (stored && stored->root != root) there = stored->root + "/" + stored->path;
      if (!there.empty())
        return fmt::format("uid {} belongs to two files: {} and {}", found.asset.uid, there, here);
    }
    return {};
  }

  std::map<std::string, Listing> listings_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::CatalogStage stage;
  return funcorr::stage_main(argc, argv, stage);
}
