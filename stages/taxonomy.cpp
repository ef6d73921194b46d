// funcorr-taxonomy: the functions and categories that a data set is to cover, from a file or from a language
// model, with a review table that a person edits and hands back. Item: "taxonomy".
#include "db/manifest/taxonomy.h"

#include <iostream>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "db/format/artifact.h"
#include "labeling/taxonomy/proposing.h"
#include "labeling/taxonomy/proposing_need.h"
#include "labeling/taxonomy/review_table.h"
#include "labeling/taxonomy/taxonomy.h"
#include "labeling/taxonomy/taxonomy_source.h"
#include "pipeline/data_file.h"
#include "stages/paying_stage.h"

namespace funcorr {
namespace {

constexpr const char* kItem = "taxonomy";

struct TaxonomyOptions {
  AskingOptions asking = language_model({.temperature = 0.7, .max_tokens = 4096});
  EmbeddingOptions embedding{};
  TaxonomySourceOptions source{};
  ProposingOptions proposing{};
  ProposingPromptFiles prompts{};

  static const OptionList<TaxonomyOptions>& options();
};

const OptionList<TaxonomyOptions>& TaxonomyOptions::options() {
  static const OptionList<TaxonomyOptions> list{
      options_of(&TaxonomyOptions::asking), options_of(&TaxonomyOptions::embedding),
      options_of(&TaxonomyOptions::source), options_of(&TaxonomyOptions::proposing),
      options_of(&TaxonomyOptions::prompts)};
  return list;
}

class TaxonomyStage : public PayingStage<TaxonomyOptions, Nothing, Taxonomy> {
 public:
  std::string name() const override { return "taxonomy"; }
  std::string summary() const override {
    return "Names the functions and categories to cover, from a file or by a language model.";
  }

  void begin(StageContext& context) override {
    if (asks(context)) open(context, prompts().content());
  }

  void list(StageContext& context, ItemSink& sink) override {
    const auto wanted = sink.want(kItem, upstream(context));
    tell_estimate(context, plan(asks(context), wanted.is_up_to_date()));
  }

  Nothing describe(StageContext&, const std::string&) override { return {}; }

  void run(StageContext& context, std::vector<Claimed> items, const Finish& finish) override {
    for (const Claimed& item : items) {
      if (!asks(context)) {
        finish(item.key, stored(context, read_source(context)));
        continue;
      }
      const ProposingPrompts questions = prompts();
      Proposing(options().proposing, questions, asking())
          .run([&](const Asked<std::vector<FunctionRow>>& rows) {
            if (!rows.value) return finish(item.key, ending_of(rows.failure));
            write_artifact(function_review(context.workspace).to_review, function_table(*rows.value));
            finish(item.key, stored(context, taxonomy_from(*rows.value)));
          });
    }
  }

  void commit(StageContext& context, const std::string&, const Taxonomy& taxonomy) override {
    for (const auto& [function, description] : taxonomy.functions)
      upsert_function(context.manifest, function, description);
  }

  void end(StageContext& context) override {
    report(context);
    if (context.json_output || !asks(context)) return;
    std::cout << review_hint(function_review(context.workspace));
  }

 private:
  bool asks(const StageContext& context) const {
    return asks_for_taxonomy(options().source, context.workspace);
  }
  ProposingPrompts prompts() const { return read_prompts(options().prompts, data_file("prompt")); }

  Taxonomy read_source(const StageContext& context) const {
    return read_taxonomy_source(options().source, context.workspace, data_file("taxonomy/taxonomy.json"),
                                [](const std::string& warning) { spdlog::warn("taxonomy: {}", warning); });
  }

  std::string upstream(const StageContext& context) const {
    if (!asks(context)) return to_json(read_source(context)).dump();
    return prompts().content();
  }

  static Taxonomy stored(const StageContext& context, Taxonomy taxonomy) {
    write_artifact(taxonomy_file(context.workspace), to_json(taxonomy).dump(1) + "\n");
    return taxonomy;
  }

  AskingPlan plan(bool asks, bool is_done) const {
    const ProposingOptions& proposing = options().proposing;
    AskingPlan plan;
    plan.what = asks ? "functions, and categories of each" : "nothing to ask: the taxonomy is there";
    plan.tokens_in = 200;
    plan.tokens_out = 8.0 * proposing.categories_per_function;
    if (!asks) return plan;
    plan.add("", is_done, proposing_need(proposing));
    bound_proposing(plan, proposing, prompts(), answer_tokens());
    return plan;
  }
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) { return funcorr::in_process_stage_main<funcorr::TaxonomyStage>(argc, argv); }
