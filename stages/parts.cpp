// funcorr-parts: the functional parts of the categories that assets have, from a taxonomy or by a language
// model, with a review table that a person edits and hands back. Item: a category.
#include <algorithm>
#include <cctype>
#include <iostream>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "db/manifest/assets.h"
#include "db/manifest/items.h"
#include "db/manifest/taxonomy.h"
#include "labeling/taxonomy/taxonomy.h"
#include "db/format/artifact.h"
#include "db/format/hash.h"
#include "pipeline/stage.h"
#include "stages/asking/asking.h"
#include "stages/asking/estimate.h"
#include "stages/asking/provider_options.h"
#include "stages/reviewing/parts_asker.h"
#include "stages/reviewing/review_table.h"
#include "stages/taxonomy_source.h"

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

const AskingDefaults& asking_defaults() {
  static const AskingDefaults defaults{.model = "llama-3.1-8b-instruct",
                                       .model_help = "the language model, by the name its server knows",
                                       .temperature = 0.2,
                                       .top_p = 0.95,
                                       .max_tokens = 512,
                                       .has_embeddings = true};
  return defaults;
}

// Stored of a category: its functions, and its parts with their links and flags.
class PartsStage final : public Stage {
 public:
  std::string name() const override { return "parts"; }
  std::string summary() const override {
    return "Takes each category's functional parts from a taxonomy file.";
  }
  OptionTable options() const override {
    OptionTable table = asking_options(asking_defaults());
    for (Option option : own_options()) table.add(std::move(option));
    return table;
  }
  static std::vector<Option> own_options() {
    Option ask = setting("ask", OptionType::kString, "never",
                         "for which categories the language model is asked: those without parts, or all");
    ask.choices = {"never", "missing", "all"};
    Option tries = setting("tries", OptionType::kInt, 5, "answers asked for until one can be used");
    tries.min = 1;
    tries.max = 100;
    Option cosine = setting("min_cosine", OptionType::kDouble, 0.9,
                            "of the embeddings of parts' names that are taken for the same");
    cosine.min = -1;
    cosine.max = 1;
    return {
        ask,
        tries,
        setting("embeddings", OptionType::kBool, true,
                "look for duplicates by embedding too, not by spelling alone"),
        cosine,
        setting(
            "reviewed", OptionType::kPath, "",
            "review table as a person hands it back; empty: taxonomy/parts-reviewed.csv where it is there"),
        setting("list_prompt", OptionType::kPath, "",
                "prompt for the parts of a function; empty: the one that comes with funcorr"),
        setting("describe_prompt", OptionType::kPath, "",
                "prompt for a part's description and flags; empty: the one that comes with funcorr"),
        setting("taxonomy", OptionType::kPath, "",
                "taxonomy file (JSON); empty: the workspace's, or the one that comes with funcorr"),
        setting("import", OptionType::kPath, "",
                "folder of the paper's release to take the taxonomy from instead"),
        setting("all_categories", OptionType::kBool, false,
                "every category of the taxonomy, not only those that assets have"),
        setting("named_parts", OptionType::kBool, false,
                "also the parts that assets name in their files, without functions")};
  }
  bool in_process() const override { return true; }
  int batch_size() const override { return batch_size_; }

  void begin(StageContext& context) override {
    batch_size_ = items_at_once(context.options, 64);
    if (context.options.get_string("ask") != "never") asking_.open(context);
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
    AskingPlan plan;
    std::int64_t questions = 0;
    for (const std::string& category : wanted) {
      const std::string upstream = upstream_of(context, category);
      sink.want(category, upstream);
      if (!is_asked(context, category)) continue;
      const auto functions = static_cast<std::int64_t>(known.categories.at(category).functions.size());
      const std::int64_t answers = 3 * functions;  // the list of parts, and about two parts to describe
      AskingNeed& need = plan.need[category];
      if (done_fingerprint(*context.manifest, "parts", category) ==
          context.options_fingerprint + ":" + sha256_hex(upstream, 12)) {
        need.answers_of_done = answers;
        continue;
      }
      questions += functions;
      need.answers = answers;
      need.most_answers = answers * context.options.get_int("tries");
    }
    plan.what = fmt::format("{} pairs of category and function, and a description of each part", questions);
    plan.tokens_in = 350;
    plan.tokens_out = 60;
    tell_estimate(context, name(), plan, asking_.is_open());
  }

  nlohmann::json describe(StageContext& context, const std::string& category) override {
    const bool is_to_be_asked = is_asked(context, category);
    nlohmann::json entry = entry_of(category);
    if (is_to_be_asked)  // only what files name stays besides the answers
      for (const auto& [part, known] : taxonomy_->categories.at(category).parts) entry["parts"].erase(part);
    return {{"entry", std::move(entry)}, {"ask", is_to_be_asked}};
  }

  void run_in_process(StageContext& context, const std::vector<Claimed>& claimed,
                      const std::function<void(const std::string&, ItemResult)>& finish) override {
    PartsAsker asker(context, asking_, taxonomy(context).functions, finish);
    for (const Claimed& item : claimed)
      if (item.job.at("ask").get<bool>())
        asker.add(item.key, item.job.at("entry"));
      else
        finish(item.key, ItemResult::done(item.job.at("entry")));
    asker.run();
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

  std::string progress_note() override { return asking_.progress_note(); }
  void end(StageContext& context) override {
    asking_.report(context);
    if (context.options.get_string("ask") != "never") write_review(context);
  }

 private:
  const Taxonomy& taxonomy(const StageContext& context) {
    if (taxonomy_) return *taxonomy_;
    taxonomy_ = load(context);
    for (const PartRow& row : reviewed_parts(context)) reviewed_[row.category].push_back(row);
    return *taxonomy_;
  }

  static Taxonomy load(const StageContext& context) {
    const Options& options = context.options;
    const bool has_import = !options.get_string("import").empty();
    if (!options.get_string("taxonomy").empty() && has_import)
      throw UsageError("parts: give either taxonomy or import, not both");
    if (!has_import) return load_taxonomy(context);
    try {
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
    if (const auto rows = reviewed_.find(category); rows != reviewed_.end()) {
      entry.parts.clear();
      for (const PartRow& row : rows->second)
        if (row.keep) entry.parts[row.part] = row.entry;
    }
    const auto named = named_.find(category);
    if (named != named_.end())
      for (const std::string& part : named->second) entry.parts.try_emplace(part);
    return to_json(entry);
  }

  static std::filesystem::path review_folder(const StageContext& context) {
    return context.workspace.root / "taxonomy";
  }

  static std::vector<PartRow> reviewed_parts(const StageContext& context) {
    if (!context.options.get_string("reviewed").empty())
      return read_part_table(context.options.get_path("reviewed"));
    const std::filesystem::path file = review_folder(context) / "parts-reviewed.csv";
    return std::filesystem::exists(file) ? read_part_table(file) : std::vector<PartRow>{};
  }

  // A category of the taxonomy whose parts nobody reviewed.
  bool is_asked(const StageContext& context, const std::string& category) const {
    const std::string ask = context.options.get_string("ask");
    const auto known = taxonomy_->categories.find(category);
    if (ask == "never" || known == taxonomy_->categories.end() || reviewed_.contains(category)) return false;
    return ask == "all" || known->second.parts.empty();
  }

  std::string upstream_of(const StageContext& context, const std::string& category) const {
    std::string upstream = sha256_hex(entry_of(category).dump(), 16);
    if (!is_asked(context, category)) return upstream;
    for (const std::string& function : taxonomy_->categories.at(category).functions)
      upstream += "\n" + function + ": " + taxonomy_->functions.at(function);
    return upstream + PartsAsker::prompt(context, "list_prompt", "parts-list.prompt")->content() +
           PartsAsker::prompt(context, "describe_prompt", "parts-describe.prompt")->content();
  }

  // Of what the language model named: the table for a person.
  void write_review(StageContext& context) const {
    std::vector<PartRow> rows;
    for (const std::string& category : all_categories(*context.manifest))
      for (const Part& part : parts_of_category(*context.manifest, category))
        if (!part.functions.empty())
          rows.push_back({true,
                          category,
                          part.name,
                          {part.description, part.functions, part.is_small, part.is_edge},
                          {}});
    const std::filesystem::path file = review_folder(context) / "parts-review.csv";
    write_artifact(file, part_table(rows));
    if (!context.json_output)
      std::cout << "to review: edit " << file.string() << " and save it as "
                << (review_folder(context) / "parts-reviewed.csv").string() << "\n";
  }

  int batch_size_ = 1;
  Asking asking_;
  std::map<std::string, std::vector<PartRow>> reviewed_;  // by category
  std::optional<Taxonomy> taxonomy_;
  NamedParts named_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::PartsStage stage;
  return funcorr::stage_main(argc, argv, stage);
}
