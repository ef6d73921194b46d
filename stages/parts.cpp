// funcorr-parts: functional parts of the assets' categories, from a taxonomy or a language model, with a
// table that a person reviews. Item: a category.
#include <iostream>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "db/format/artifact.h"
#include "db/format/text.h"
#include "db/manifest/assets.h"
#include "db/manifest/taxonomy.h"
#include "labeling/taxonomy/known_parts.h"
#include "labeling/taxonomy/parts_asker.h"
#include "labeling/taxonomy/parts_need.h"
#include "labeling/taxonomy/review_table.h"
#include "labeling/taxonomy/taxonomy.h"
#include "pipeline/data_file.h"
#include "stages/paying_stage.h"

namespace funcorr {
namespace {

// None makes items stale by itself: a fingerprint is made of what the category's entry says.
struct PartsStageOptions {
  AskingOptions asking = language_model({.temperature = 0.2, .max_tokens = 512});
  EmbeddingOptions embedding{};
  PartsOptions parts{};
  PartsPromptFiles prompts{};
  KnownPartsOptions known{};

  static const OptionList<PartsStageOptions>& options() {
    static const OptionList<PartsStageOptions> list{
        options_of(&PartsStageOptions::asking), options_of(&PartsStageOptions::embedding),
        options_of(&PartsStageOptions::parts), options_of(&PartsStageOptions::prompts),
        options_of(&PartsStageOptions::known)};
    return list;
  }
};

struct PartsJob {
  TaxonomyCategory entry;
  bool is_asked = false;
};

class PartsStage : public PayingStage<PartsStageOptions, PartsJob, TaxonomyCategory> {
 public:
  std::string name() const override { return "parts"; }
  std::string summary() const override { return "Takes each category's functional parts from a taxonomy."; }

  void begin(StageContext& context) override {
    if (options().parts.ask != AskForParts::kNever) open(context, prompts().content());
    Transaction transaction(context.manifest);
    for (const auto& [function, description] : known(context).taxonomy.functions)
      upsert_function(context.manifest, function, description);
    transaction.commit();
  }

  void list(StageContext& context, ItemSink& sink) override {
    const PartsPrompts asked = prompts();
    AskingPlan plan;
    std::int64_t pairs = 0;
    const WantedCategories categories =
        wanted_categories(*known_, assets_by_category(context), options().known.all_categories);
    for (const std::string& complaint : categories.complaints) spdlog::warn("parts: {}", complaint);
    for (const std::string& category : categories.names) {
      const auto wanted =
          sink.want(category, known_->sources(category, options().parts.ask, asked.content()));
      if (!known_->is_asked(category, options().parts.ask)) continue;
      const TaxonomyCategory& entry = known_->taxonomy.categories.at(category);
      plan.add(category, wanted.is_up_to_date(), parts_need(options().parts, std::ssize(entry.functions)));
      bound_parts(plan, options().parts, asked, category, entry, known_->taxonomy.functions, answer_tokens());
      pairs += wanted.is_up_to_date() ? 0 : std::ssize(entry.functions);
    }
    plan.what = fmt::format("{} pairs of category and function, and a description of each part", pairs);
    plan.tokens_in = 350;
    plan.tokens_out = 60;
    tell_estimate(context, plan);
  }

  PartsJob describe(StageContext&, const std::string& category) override {
    if (known_->is_asked(category, options().parts.ask)) return {known_->entry_without_parts(category), true};
    return {known_->entry(category), false};
  }

  void run(StageContext&, std::vector<Claimed> items, const Finish& finish) override {
    std::vector<Claimed> asked;
    for (Claimed& item : items)
      if (item.job.is_asked)
        asked.push_back(std::move(item));
      else
        finish(item.key, std::move(item.job.entry));
    if (asked.empty()) return;
    const PartsPrompts questions = prompts();
    PartsAsker asker(options().parts, questions, known_->taxonomy.functions, asking(),
                     [&finish](const std::string& category, Asked<TaxonomyCategory> entry) {
                       finish(category, result_of(std::move(entry)));
                     });
    for (Claimed& item : asked) asker.add(item.key, std::move(item.job.entry));
    asker.run();
  }

  void commit(StageContext& context, const std::string& category, const TaxonomyCategory& entry) override {
    replace_category(context.manifest, category, entry.functions, parts_of(category, entry));
  }

  void end(StageContext& context) override {
    report(context);
    if (options().parts.ask == AskForParts::kNever) return;
    std::vector<Part> parts;
    for (const std::string& category : all_categories(context.manifest))
      for (Part& part : parts_of_category(context.manifest, category)) parts.push_back(std::move(part));
    const ReviewFiles files = part_review(context.workspace);
    write_artifact(files.to_review, part_table(parts));
    if (!context.json_output) std::cout << review_hint(files);
  }

 private:
  // Of the taxonomy and of what a person reviewed; read once.
  KnownParts& known(const StageContext& context) {
    if (!known_)
      known_ = read_known_parts(options().known, context.workspace, data_file("taxonomy/taxonomy.json"),
                                [](const std::string& warning) { spdlog::warn("parts: {}", warning); });
    return *known_;
  }

  PartsPrompts prompts() const { return read_prompts(options().prompts, data_file("prompt")); }

  // Also collects the names of parts, where they are wanted.
  std::map<std::string, std::int64_t> assets_by_category(StageContext& context) {
    auto& named = known(context).named;
    named.clear();
    std::map<std::string, std::int64_t> counts;
    for_each_asset(context.manifest, [&](const Asset& asset) {
      ++counts[asset.category];
      if (!options().known.named_parts || asset.category.empty()) return;
      if (const auto geometry = asset_geometry(context.manifest, asset.uid))
        for (const std::string& part : geometry->part_names) named[asset.category].insert(lower_case(part));
    });
    return counts;
  }

  std::optional<KnownParts> known_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) { return funcorr::in_process_stage_main<funcorr::PartsStage>(argc, argv); }
