// funcorr-taxonomy: the functions and categories that a data set is to cover, from a file or from a language
// model, with a review table that a person edits and hands back. Item: "taxonomy".
#include "db/manifest/taxonomy.h"

#include <array>
#include <filesystem>
#include <iostream>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "db/format/artifact.h"
#include "labeling/taxonomy/proposing.h"
#include "labeling/taxonomy/review_table.h"
#include "labeling/taxonomy/taxonomy.h"
#include "pipeline/data_file.h"
#include "stages/paying_stage.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

constexpr const char* kItem = "taxonomy";

enum class TaxonomySource { kShipped, kImport, kLlm };
constexpr auto names_of(TaxonomySource) {
  return std::to_array<EnumName<TaxonomySource>>({{TaxonomySource::kShipped, "shipped"},
                                                  {TaxonomySource::kImport, "import"},
                                                  {TaxonomySource::kLlm, "llm"}});
}

struct TaxonomyOptions {
  AskingOptions asking = language_model({.temperature = 0.7, .max_tokens = 4096});
  EmbeddingOptions embedding{};
  TaxonomySource source = TaxonomySource::kShipped;
  fs::path import{}, reviewed{};
  ProposingOptions proposing{};
  fs::path functions_prompt{}, categories_prompt{};

  static const OptionList<TaxonomyOptions>& options();
};

const OptionList<TaxonomyOptions>& TaxonomyOptions::options() {
  const auto file = [](const char* name, fs::path TaxonomyOptions::*member, const char* help) {
    return option(name, member).help(help).leaves_results();
  };
  static const OptionList<TaxonomyOptions> list{
      options_of(&TaxonomyOptions::asking),
      options_of(&TaxonomyOptions::embedding),
      option("source", &TaxonomyOptions::source)
          .help("the taxonomy that comes with funcorr, a file or folder to import, or a language model"),
      file("import", &TaxonomyOptions::import, "taxonomy file (JSON), or a folder of the paper's release"),
      file("reviewed", &TaxonomyOptions::reviewed,
           "review table as a person hands it back; empty: taxonomy/reviewed.csv where it is there"),
      options_of(&TaxonomyOptions::proposing),
      file("functions_prompt", &TaxonomyOptions::functions_prompt,
           "prompt for functions; empty: the one that comes with funcorr"),
      file("categories_prompt", &TaxonomyOptions::categories_prompt,
           "prompt for categories; empty: the one that comes with funcorr")};
  return list;
}

class TaxonomyStage : public PayingStage<TaxonomyOptions, Nothing, Taxonomy> {
 public:
  std::string name() const override { return "taxonomy"; }
  std::string summary() const override {
    return "Names the functions and categories to cover, from a file or by a language model.";
  }

  void begin(StageContext& context) override {
    if (asks(context)) open(context);
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
      const ProposingPrompts prompts = read_prompts();
      Proposing(options().proposing, prompts, asking()).run([&](const Asked<std::vector<FunctionRow>>& rows) {
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
    const ReviewFiles files = function_review(context.workspace);
    std::cout << "to review: edit " << files.to_review.string() << " and save it as "
              << files.reviewed.string() << "\n";
  }

 private:
  int items_by_http() const override { return 1; }

  fs::path reviewed(const StageContext& context) const {
    return reviewed_file(options().reviewed, function_review(context.workspace));
  }
  bool asks(const StageContext& context) const {
    return options().source == TaxonomySource::kLlm && reviewed(context).empty();
  }
  ProposingPrompts read_prompts() const {
    return {read_prompt(options().functions_prompt, data_file("prompt/taxonomy-functions.prompt")),
            read_prompt(options().categories_prompt, data_file("prompt/taxonomy-categories.prompt"))};
  }

  Taxonomy read_source(const StageContext& context) const {
    if (const fs::path table = reviewed(context); !table.empty())
      return taxonomy_from(read_function_table(table));
    if (options().source == TaxonomySource::kShipped)
      return read_taxonomy(data_file("taxonomy/taxonomy.json"));
    if (options().import.empty())
      throw UsageError("import: name the file or folder that source = \"import\" reads");
    if (!fs::is_directory(options().import)) return read_taxonomy(options().import);
    ImportedTaxonomy imported = import_release_taxonomy(options().import);
    for (const std::string& warning : imported.warnings) spdlog::warn("taxonomy: {}", warning);
    return std::move(imported.taxonomy);
  }

  std::string upstream(const StageContext& context) const {
    if (!asks(context)) return to_json(read_source(context)).dump();
    const ProposingPrompts prompts = read_prompts();
    return prompts.functions.content() + prompts.categories.content();
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
    const std::int64_t answers = asks ? 1 + proposing.functions : 0;
    plan.need[""] = is_done ? AskingNeed{0, 0, answers} : AskingNeed{answers, answers * proposing.tries, 0};
    return plan;
  }
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) { return funcorr::in_process_stage_main<funcorr::TaxonomyStage>(argc, argv); }
