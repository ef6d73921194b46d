// funcorr-taxonomy: the functions and categories that a data set is to cover, from a file or from a language
// model, with a review table that a person edits and hands back. Item: "taxonomy".
#include "db/manifest/taxonomy.h"

#include <algorithm>
#include <cctype>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "db/format/artifact.h"
#include "db/format/hash.h"
#include "db/format/json.h"
#include "db/manifest/items.h"
#include "labeling/taxonomy/duplicates.h"
#include "pipeline/data_file.h"
#include "pipeline/stage.h"
#include "stages/asking/asking.h"
#include "stages/asking/estimate.h"
#include "stages/asking/json_question.h"
#include "stages/asking/provider_options.h"
#include "stages/asking/text_vectors.h"
#include "stages/reviewing/review_table.h"
#include "stages/taxonomy_source.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kItem = "taxonomy";

const AskingDefaults& asking_defaults() {
  static const AskingDefaults defaults{.model = "llama-3.1-8b-instruct",
                                       .model_help = "the language model, by the name its server knows",
                                       .temperature = 0.7,
                                       .top_p = 0.95,
                                       .max_tokens = 4096,
                                       .has_embeddings = true};
  return defaults;
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// Asks for functions, then for the categories of each, and marks what says the same twice.
class Proposing {
 public:
  Proposing(const StageContext& context, Asking& asking) : context_(context), asking_(asking) {}

  // Rows in the order of functions and categories as they were named first. Empty rows and a run that did not
  // end well: see end() and error().
  std::vector<FunctionRow> run() {
    if (ask_functions() && mark(function_names(), functions_) && ask_categories() &&
        mark(category_names(), categories_))
      return rows();
    return {};
  }
  const RunEnd& end() const { return end_; }
  const JsonAnswer& failed() const { return failed_; }

 private:
  struct Function {
    std::string name, description;
    std::vector<std::string> categories;
  };

  std::shared_ptr<const Prompt> prompt(const std::string& option, const char* shipped) const {
    return std::make_shared<Prompt>(
        read_prompt_of(context_.options, option, data_file(fs::path("prompt") / shipped)));
  }

  void ask(std::shared_ptr<const Prompt> prompt, std::map<std::string, std::string> values, const char* list,
           std::function<void(const json&)> take) {
    JsonQuestion question;
    question.prompt = std::move(prompt);
    question.values = std::move(values);
    question.tag = {"taxonomy", kItem, ""};
    question.tries = static_cast<int>(context_.options.get_int("tries"));
    question.is_usable = [list](const json& answer) {
      return answer.at(list).is_array() && !answer.at(list).empty();
    };
    ask_json(asking_, std::move(question), [this, list, take = std::move(take)](const JsonAnswer& answer) {
      if (!answer.value)
        failed_ = answer;
      else
        take(answer.value->at(list));
    });
  }

  bool run_engine() {
    end_ = asking_.run(context_.stop_requested);
    return end_.kind == RunEnd::Kind::kDone && failed_.error.empty();
  }

  bool ask_functions() {
    ask(prompt("functions_prompt", "taxonomy-functions.prompt"),
        {{"count", std::to_string(context_.options.get_int("functions"))}}, "functions",
        [this](const json& list) {
          for (const json& one : list)
            if (one.is_object() && one.contains("name") && one["name"].is_string())
              proposed_.push_back(
                  {lower_case(one["name"].get<std::string>()), one.value("description", ""), {}});
        });
    return run_engine();
  }

  bool ask_categories() {
    const auto of_function = prompt("categories_prompt", "taxonomy-categories.prompt");
    for (Function& function : proposed_) {
      if (functions_.contains(function.name)) continue;
      ask(of_function,
          {{"function", function.name},
           {"description", function.description},
           {"count", std::to_string(context_.options.get_int("categories_per_function"))}},
          "categories", [&function](const json& list) {
            for (const json& one : list)
              if (one.is_string()) function.categories.push_back(lower_case(one.get<std::string>()));
          });
    }
    return run_engine();
  }

  std::vector<std::string> function_names() const {
    std::vector<std::string> names;
    for (const Function& function : proposed_) names.push_back(function.name);
    return names;
  }

  std::vector<std::string> category_names() const {
    std::vector<std::string> names;
    std::set<std::string> seen;
    for (const Function& function : proposed_)
      for (const std::string& category : function.categories)
        if (seen.insert(category).second) names.push_back(category);
    return names;
  }

  // Duplicates by spelling and, where wanted, by embedding.
  bool mark(const std::vector<std::string>& names, std::map<std::string, Duplicate>& duplicates) {
    std::vector<std::vector<float>> vectors;
    if (context_.options.get_bool("embeddings")) {
      end_ = add_vectors(asking_, {names.begin(), names.end()}, {"taxonomy", kItem, ""},
                         context_.stop_requested, vectors_);
      if (end_.kind != RunEnd::Kind::kDone) return false;
      for (const std::string& name : names) vectors.push_back(vectors_[name]);
    }
    DuplicateOptions options;
    options.min_cosine = context_.options.get_double("min_cosine");
    for (Duplicate& duplicate : find_duplicates(names, vectors, options))
      duplicates.emplace(duplicate.dropped, std::move(duplicate));
    return true;
  }

  std::vector<FunctionRow> rows() const {
    std::vector<FunctionRow> rows;
    for (const Function& function : proposed_) {
      std::set<std::string> seen;
      for (const std::string& category : function.categories) {
        const auto twin = categories_.find(category);
        const std::string& name = twin == categories_.end() ? category : twin->second.kept;
        const std::string note = twin == categories_.end() ? std::string()
                                                           : fmt::format("\"{}\" was taken for it ({})",
                                                                         category, twin->second.reason);
        if (seen.insert(name).second) rows.push_back({true, function.name, function.description, name, note});
      }
      if (const auto twin = functions_.find(function.name); twin != functions_.end())
        rows.push_back({false, function.name, function.description, "-",
                        fmt::format("the same as \"{}\" ({})", twin->second.kept, twin->second.reason)});
    }
    return rows;
  }

  const StageContext& context_;
  Asking& asking_;
  std::vector<Function> proposed_;
  std::map<std::string, Duplicate> functions_, categories_;  // by the dropped name
  TextVectors vectors_;
  RunEnd end_;
  JsonAnswer failed_;
};

class TaxonomyStage : public Stage {
 public:
  std::string name() const override { return "taxonomy"; }
  std::string summary() const override {
    return "Names the functions and categories to cover, from a file or by a language model.";
  }

  OptionTable options() const override {
    OptionTable table = asking_options(asking_defaults());
    const auto file = [](const char* name, const char* help) {
      return Option{.name = name,
                    .type = OptionType::kPath,
                    .default_value = "",
                    .help = help,
                    .effect = Effect::kNone};
    };
    table.add(
        {.name = "source",
         .type = OptionType::kString,
         .default_value = "shipped",
         .choices = {"shipped", "import", "llm"},
         .help = "the taxonomy that comes with funcorr, a file or folder to import, or a language model"});
    table.add(file("import", "taxonomy file (JSON), or a folder of the paper's release"));
    table.add(file("reviewed",
                   "review table as a person hands it back; empty: taxonomy/reviewed.csv where it is there"));
    const auto count = [](const char* name, int value, const char* help) {
      return Option{.name = name,
                    .type = OptionType::kInt,
                    .default_value = value,
                    .min = 1,
                    .max = 1000,
                    .help = help};
    };
    table.add(count("functions", 24, "functions to ask for"));
    table.add(count("categories_per_function", 20, "categories to ask for, of each function"));
    table.add(count("tries", 5, "answers asked for until one can be used"));
    table.add({.name = "embeddings",
               .type = OptionType::kBool,
               .default_value = true,
               .help = "look for duplicates by embedding too, not by spelling alone"});
    table.add({.name = "min_cosine",
               .type = OptionType::kDouble,
               .default_value = 0.9,
               .min = -1,
               .max = 1,
               .help = "of the embeddings of names that are taken for the same"});
    table.add(file("functions_prompt", "prompt for functions; empty: the one that comes with funcorr"));
    table.add(file("categories_prompt", "prompt for categories; empty: the one that comes with funcorr"));
    return table;
  }

  bool in_process() const override { return true; }
  void begin(StageContext& context) override {
    if (asks(context)) asking_.open(context);
  }

  void list_items(StageContext& context, ItemSink& sink) override {
    sink.want(kItem, upstream(context));
    tell_estimate(context, name(), plan(context), asking_.is_open());
  }

  void run_in_process(StageContext& context, const std::vector<Claimed>& claimed,
                      const std::function<void(const std::string&, ItemResult)>& finish) override {
    for (const Claimed& item : claimed) {
      if (!asks(context)) {
        finish(item.key, store(context, read_source(context)));
        continue;
      }
      Proposing proposing(context, asking_);
      const std::vector<FunctionRow> rows = proposing.run();
      if (!rows.empty()) {
        write_artifact(folder(context) / "review.csv", function_table(rows));
        finish(item.key, store(context, taxonomy_from(rows)));
      } else if (proposing.end().kind == RunEnd::Kind::kFatal) {
        finish(item.key, ItemResult::fatal(proposing.end().error_kind, proposing.end().error));
      } else if (proposing.end().kind == RunEnd::Kind::kDone) {
        finish(item.key, ItemResult::transient(proposing.failed().error_kind, proposing.failed().error));
      }
    }
  }

  void commit(StageContext& context, const std::string&, const ItemResult& result) override {
    for (const auto& [function, description] : result.output.at("functions").items())
      upsert_function(*context.manifest, function, description.get<std::string>());
  }

  std::string progress_note() override { return asking_.progress_note(); }
  void end(StageContext& context) override {
    asking_.report(context);
    if (!context.json_output && asks(context))
      std::cout << "to review: edit " << (folder(context) / "review.csv").string() << " and save it as "
                << (folder(context) / "reviewed.csv").string() << "\n";
  }

 private:
  static fs::path folder(const StageContext& context) { return context.workspace.root / "taxonomy"; }

  // The table that a person handed back; empty where there is none.
  static fs::path reviewed_file(const StageContext& context) {
    if (!context.options.get_string("reviewed").empty()) return context.options.get_path("reviewed");
    const fs::path file = folder(context) / "reviewed.csv";
    return fs::exists(file) ? file : fs::path();
  }

  static bool asks(const StageContext& context) {
    return context.options.get_string("source") == "llm" && reviewed_file(context).empty();
  }

  static Taxonomy read_source(const StageContext& context) {
    if (const fs::path reviewed = reviewed_file(context); !reviewed.empty())
      return taxonomy_from(read_function_table(reviewed));
    if (context.options.get_string("source") == "shipped")
      return checked(data_file("taxonomy/taxonomy.json"));
    if (context.options.get_string("import").empty())
      throw UsageError("import: name the file or folder that source = \"import\" reads");
    return checked(context.options.get_path("import"));
  }

  static Taxonomy checked(const fs::path& path) {
    try {
      if (!fs::is_directory(path)) return read_taxonomy(path);
      ImportedTaxonomy imported = import_release_taxonomy(path);
      for (const std::string& warning : imported.warnings) spdlog::warn("taxonomy: {}", warning);
      return std::move(imported.taxonomy);
    } catch (const TaxonomyError& error) {
      throw UsageError(error.what());
    }
  }

  static std::string upstream(const StageContext& context) {
    if (!asks(context)) return to_json(read_source(context)).dump();
    return read_prompt_of(context.options, "functions_prompt", data_file("prompt/taxonomy-functions.prompt"))
               .content() +
           read_prompt_of(context.options, "categories_prompt",
                          data_file("prompt/taxonomy-categories.prompt"))
               .content();
  }

  static ItemResult store(const StageContext& context, const Taxonomy& taxonomy) {
    write_json_artifact(workspace_taxonomy_file(context.workspace), to_json(taxonomy));
    return ItemResult::done({{"functions", taxonomy.functions}});
  }

  static AskingPlan plan(const StageContext& context) {
    const Options& options = context.options;
    const bool is_done = done_fingerprint(*context.manifest, "taxonomy", kItem) ==
                         context.options_fingerprint + ":" + sha256_hex(upstream(context), 12);
    AskingPlan plan;
    plan.what = asks(context) ? "functions, and categories of each" : "nothing to ask: the taxonomy is there";
    plan.tokens_in = 200;
    plan.tokens_out = 8.0 * static_cast<double>(options.get_int("categories_per_function"));
    const std::int64_t answers = asks(context) ? 1 + options.get_int("functions") : 0;
    if (is_done)
      plan.need[""] = {0, 0, answers};
    else
      plan.need[""] = {answers, answers * options.get_int("tries"), 0};
    return plan;
  }

  Asking asking_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::TaxonomyStage stage;
  return funcorr::stage_main(argc, argv, stage);
}
