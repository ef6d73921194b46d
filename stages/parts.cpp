// funcorr-parts: the functional parts of the categories that assets have, from a taxonomy or by a language
// model, with a review table that a person edits and hands back. Item: a category.
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "db/format/artifact.h"
#include "db/manifest/assets.h"
#include "db/manifest/taxonomy.h"
#include "labeling/taxonomy/known_parts.h"
#include "labeling/taxonomy/parts_asker.h"
#include "labeling/taxonomy/review_table.h"
#include "labeling/taxonomy/taxonomy.h"
#include "pipeline/data_file.h"
#include "stages/paying_stage.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

// Of its own settings none makes items stale by itself: a fingerprint is made of what the category's entry
// says.
struct PartsStageOptions {
  AskingOptions asking = language_model({.temperature = 0.2, .max_tokens = 512});
  EmbeddingOptions embedding{};
  PartsOptions parts{};
  fs::path reviewed{}, list_prompt{}, describe_prompt{}, taxonomy{}, import{};
  bool all_categories = false, named_parts = false;

  static const OptionList<PartsStageOptions>& options();
};

const OptionList<PartsStageOptions>& PartsStageOptions::options() {
  const auto setting = [](const char* name, auto member, const char* help) {
    return option(name, member).help(help).leaves_results();
  };
  static const OptionList<PartsStageOptions> list{
      options_of(&PartsStageOptions::asking),
      options_of(&PartsStageOptions::embedding),
      options_of(&PartsStageOptions::parts),
      setting("reviewed", &PartsStageOptions::reviewed,
              "review table as a person hands it back; empty: taxonomy/parts-reviewed.csv where it is there"),
      setting("list_prompt", &PartsStageOptions::list_prompt,
              "prompt for the parts of a function; empty: the one that comes with funcorr"),
      setting("describe_prompt", &PartsStageOptions::describe_prompt,
              "prompt for a part's description and flags; empty: the one that comes with funcorr"),
      setting("taxonomy", &PartsStageOptions::taxonomy,
              "taxonomy file (JSON); empty: the workspace's, or the one that comes with funcorr"),
      setting("import", &PartsStageOptions::import,
              "folder of the paper's release to take the taxonomy from instead"),
      setting("all_categories", &PartsStageOptions::all_categories,
              "take every category of the taxonomy, not only those that assets have"),
      setting("named_parts", &PartsStageOptions::named_parts,
              "take also the parts that assets name in their files, without functions")};
  return list;
}

struct PartsJob {
  TaxonomyCategory entry;
  bool is_asked = false;
};

class PartsStage : public PayingStage<PartsStageOptions, PartsJob, TaxonomyCategory> {
 public:
  std::string name() const override { return "parts"; }
  std::string summary() const override {
    return "Takes each category's functional parts from a taxonomy file.";
  }

  void begin(StageContext& context) override {
    if (options().parts.ask != AskForParts::kNever) open(context);
    Transaction transaction(context.manifest);
    for (const auto& [function, description] : known(context).taxonomy.functions)
      upsert_function(context.manifest, function, description);
    transaction.commit();
  }

  void list(StageContext& context, ItemSink& sink) override {
    const PartsPrompts prompts = read_prompts();
    const std::string questions = prompts.list.content() + prompts.describe.content();
    AskingPlan plan;
    std::int64_t pairs = 0;
    for (const std::string& category : wanted_categories(context)) {
      const auto wanted = sink.want(category, known_->sources(category, options().parts.ask, questions));
      if (!known_->is_asked(category, options().parts.ask)) continue;
      const auto functions =
          static_cast<std::int64_t>(known_->taxonomy.categories.at(category).functions.size());
      const std::int64_t answers = 3 * functions;  // the list of parts, and about two parts to describe
      AskingNeed& need = plan.need[category];
      if (wanted.is_up_to_date()) {
        need.answers_of_done = answers;
        continue;
      }
      pairs += functions;
      need.answers = answers;
      need.most_answers = answers * options().parts.tries;
    }
    plan.what = fmt::format("{} pairs of category and function, and a description of each part", pairs);
    plan.tokens_in = 350;
    plan.tokens_out = 60;
    tell_estimate(context, plan);
  }

  PartsJob describe(StageContext&, const std::string& category) override {
    const bool is_asked = known_->is_asked(category, options().parts.ask);
    return {is_asked ? known_->entry_without_parts(category) : known_->entry(category), is_asked};
  }

  void run(StageContext&, std::vector<Claimed> items, const Finish& finish) override {
    std::vector<Claimed> asked;
    for (Claimed& item : items)
      if (item.job.is_asked)
        asked.push_back(std::move(item));
      else
        finish(item.key, std::move(item.job.entry));
    if (asked.empty()) return;
    const PartsPrompts prompts = read_prompts();
    PartsAsker asker(options().parts, prompts, known_->taxonomy.functions, asking(),
                     [&finish](const std::string& category, Asked<TaxonomyCategory> entry) {
                       finish(category, result_of(std::move(entry)));
                     });
    for (Claimed& item : asked) asker.add(item.key, std::move(item.job.entry));
    asker.run();
  }

  void commit(StageContext& context, const std::string& category, const TaxonomyCategory& entry) override {
    std::vector<Part> parts;
    for (const auto& [part, of] : entry.parts)
      parts.push_back({category, part, of.description, of.is_small, of.is_edge, of.functions});
    replace_category(context.manifest, category, entry.functions, parts);
  }

  void end(StageContext& context) override {
    report(context);
    if (options().parts.ask != AskForParts::kNever) write_review(context);
  }

 private:
  int items_by_http() const override { return 64; }

  // Of the taxonomy and of what a person reviewed; read once.
  const KnownParts& known(const StageContext& context) {
    if (!known_)
      known_ = known_parts(read_source(context),
                           reviewed_file(options().reviewed, part_review(context.workspace)));
    return *known_;
  }

  Taxonomy read_source(const StageContext& context) const {
    if (options().import.empty())
      return find_taxonomy(options().taxonomy, context.workspace, data_file("taxonomy/taxonomy.json"));
    if (!options().taxonomy.empty()) throw UsageError("parts: give either taxonomy or import, not both");
    ImportedTaxonomy imported = import_release_taxonomy(options().import);
    for (const std::string& warning : imported.warnings) spdlog::warn("parts: {}", warning);
    return std::move(imported.taxonomy);
  }

  PartsPrompts read_prompts() const {
    return {read_prompt(options().list_prompt, data_file("prompt/parts-list.prompt")),
            read_prompt(options().describe_prompt, data_file("prompt/parts-describe.prompt"))};
  }

  std::set<std::string> wanted_categories(StageContext& context) {
    known(context);
    const std::map<std::string, std::int64_t> present = assets_by_category(context);
    std::set<std::string> wanted;
    for (const auto& [category, count] : present)
      if (known_->has(category))
        wanted.insert(category);
      else if (category.empty())
        spdlog::warn("parts: {} assets have no category and get no parts", count);
      else
        spdlog::warn("parts: category \"{}\" ({} assets) is not in the taxonomy and gets no parts", category,
                     count);
    if (options().all_categories)
      for (const auto& [category, entry] : known_->taxonomy.categories) wanted.insert(category);
    return wanted;
  }

  // Also collects the names of parts, where they are wanted.
  std::map<std::string, std::int64_t> assets_by_category(StageContext& context) {
    known_->named.clear();
    std::map<std::string, std::int64_t> counts;
    std::vector<std::pair<std::string, std::string>> of_category;  // uid, category
    for_each_asset(context.manifest, [&](const Asset& asset) {
      ++counts[asset.category];
      if (options().named_parts && !asset.category.empty())
        of_category.emplace_back(asset.uid, asset.category);
    });
    for (const auto& [uid, category] : of_category)
      if (const auto geometry = asset_geometry(context.manifest, uid))
        for (const std::string& part : geometry->part_names) known_->named[category].insert(lower_case(part));
    return counts;
  }

  // Of what the language model named: the table for a person.
  static void write_review(StageContext& context) {
    std::vector<Part> parts;
    for (const std::string& category : all_categories(context.manifest))
      for (Part& part : parts_of_category(context.manifest, category)) parts.push_back(std::move(part));
    const ReviewFiles files = part_review(context.workspace);
    write_artifact(files.to_review, part_table(parts));
    if (!context.json_output)
      std::cout << "to review: edit " << files.to_review.string() << " and save it as "
                << files.reviewed.string() << "\n";
  }

  std::optional<KnownParts> known_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) { return funcorr::in_process_stage_main<funcorr::PartsStage>(argc, argv); }
