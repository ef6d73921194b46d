// funcorr-parts: the functional parts of the categories that assets have, from a taxonomy file.
#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>

#include <spdlog/spdlog.h>

#include "db/assets.h"
#include "db/taxonomy.h"
#include "labeling/taxonomy/taxonomy.h"
#include "pipeline/data_file.h"
#include "pipeline/hash.h"
#include "pipeline/stage.h"

namespace funcorr {
namespace {

// Parts of each category by the names that its accepted assets carry in their files.
using NamedParts = std::map<std::string, std::set<std::string>>;

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// No setting makes items stale by itself: a fingerprint is made of what the category's entry says.
Option setting(const std::string& name, OptionType type, const nlohmann::json& default_value,
               const std::string& help) {
  Option option;
  option.name = name;
  option.type = type;
  option.default_value = default_value;
  option.help = help;
  option.effect = Effect::kNone;
  return option;
}

// Item: a category. Stored: its functions, and its parts with their links and flags.
class PartsStage final : public Stage {
 public:
  std::string name() const override { return "parts"; }
  std::string summary() const override {
    return "Takes each category's functional parts from a taxonomy file.";
  }
  OptionTable options() const override {
    return {setting("taxonomy", OptionType::kPath, "",
                    "taxonomy file (JSON); empty: the one that comes with funcorr"),
            setting("import", OptionType::kPath, "",
                    "folder of the paper's release to take the taxonomy from instead"),
            setting("all_categories", OptionType::kBool, false,
                    "every category of the taxonomy, not only those that assets have"),
            setting("named_parts", OptionType::kBool, false,
                    "also the parts that assets name in their files, without functions")};
  }
  bool in_process() const override { return true; }

  void begin(StageContext& context) override {
    Transaction transaction(*context.manifest);
    for (const auto& [function, description] : taxonomy(context).functions)
      upsert_function(*context.manifest, function, description);
    transaction.commit();
  }

  void list_items(StageContext& context, ItemSink& sink) override {
    const Taxonomy& known = taxonomy(context);
    std::set<std::string> wanted;
    const std::map<std::string, std::int64_t> present = assets_by_category(context);
    for (const auto& [category, count] : present)
      if (known.categories.contains(category) || named_.contains(category)) wanted.insert(category);
    if (context.options.get_bool("all_categories"))
      for (const auto& [category, entry] : known.categories) wanted.insert(category);
    report_unknown(present, wanted);
    for (const std::string& category : wanted) sink.want(category, sha256_hex(entry_of(category).dump(), 16));
  }

  nlohmann::json describe(StageContext&, const std::string& category) override { return entry_of(category); }

  ItemResult work(StageContext&, const std::string&, const nlohmann::json& entry) override {
    return ItemResult::done(entry);
  }

  void commit(StageContext& context, const std::string& category, const ItemResult& result) override {
    std::vector<Part> parts;
    for (const auto& [part_name, part] : result.output.at("parts").items())
      parts.push_back({category, part_name, part.at("description").get<std::string>(),
                       part.at("small").get<bool>(), part.at("edge").get<bool>(),
                       part.at("functions").get<std::vector<std::string>>()});
    replace_category(*context.manifest, category,
                     result.output.at("functions").get<std::vector<std::string>>(), parts);
  }

 private:
  const Taxonomy& taxonomy(const StageContext& context) {
    if (!taxonomy_) taxonomy_ = load(context.options);
    return *taxonomy_;
  }

  static Taxonomy load(const Options& options) {
    const bool has_file = !options.get_string("taxonomy").empty();
    const bool has_import = !options.get_string("import").empty();
    if (has_file && has_import) throw UsageError("parts: give either taxonomy or import, not both");
    try {
      if (!has_import)
        return read_taxonomy(has_file ? options.get_path("taxonomy") : data_file("taxonomy/taxonomy.json"));
      ImportedTaxonomy imported = import_release_taxonomy(options.get_path("import"));
      for (const std::string& warning : imported.warnings) spdlog::warn("parts: {}", warning);
      return std::move(imported.taxonomy);
    } catch (const TaxonomyError& error) {
      throw UsageError(error.what());
    }
  }

  // Also collects the names of parts, where they are wanted: both come from one pass over the assets.
  std::map<std::string, std::int64_t> assets_by_category(StageContext& context) {
    named_.clear();
    const bool with_names = context.options.get_bool("named_parts");
    std::map<std::string, std::int64_t> counts;
    std::vector<std::pair<std::string, std::string>> of_category;  // uid, category
    for_each_asset(*context.manifest, [&](const Asset& asset) {
      ++counts[asset.category];
      if (with_names && !asset.category.empty()) of_category.emplace_back(asset.uid, asset.category);
    });
    for (const auto& [uid, category] : of_category)
      if (const auto geometry = asset_geometry(*context.manifest, uid))
        for (const std::string& part : geometry->part_names) named_[category].insert(lower_case(part));
    return counts;
  }

  void report_unknown(const std::map<std::string, std::int64_t>& present,
                      const std::set<std::string>& wanted) const {
    for (const auto& [category, count] : present) {
      if (wanted.contains(category)) continue;
      if (category.empty())
        spdlog::warn("parts: {} assets have no category and get no parts", count);
      else
        spdlog::warn("parts: category \"{}\" ({} assets) is not in the taxonomy and gets no parts", category,
                     count);
    }
  }

  // The category as in the taxonomy's file, and its assets' own part names.
  nlohmann::json entry_of(const std::string& category) const {
    const auto known = taxonomy_->categories.find(category);
    TaxonomyCategory entry = known == taxonomy_->categories.end() ? TaxonomyCategory{} : known->second;
    const auto named = named_.find(category);
    if (named != named_.end())
      for (const std::string& part : named->second) entry.parts.try_emplace(part);
    return to_json(entry);
  }

  std::optional<Taxonomy> taxonomy_;
  NamedParts named_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::PartsStage stage;
  return funcorr::stage_main(argc, argv, stage);
}
