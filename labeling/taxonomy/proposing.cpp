#include "labeling/taxonomy/proposing.h"

#include <limits>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "db/format/json.h"
#include "db/format/text.h"
#include "labeling/taxonomy/taxonomy.h"

namespace funcorr {
namespace {

using nlohmann::json;

const RequestTag kTag{"taxonomy", "taxonomy", ""};

}  // namespace

const OptionList<ProposingOptions>& ProposingOptions::options() {
  static const OptionList<ProposingOptions> list{
      option("functions", &ProposingOptions::functions).range(1, 1000).help("functions to ask for"),
      option("categories_per_function", &ProposingOptions::categories_per_function)
          .range(1, 1000)
          .help("categories to ask for, of each function"),
      option("tries", &ProposingOptions::tries)
          .range(1, 1000)
          .help("answers asked for until one can be used"),
      options_of(&ProposingOptions::duplicates)};
  return list;
}

const OptionList<ProposingPromptFiles>& ProposingPromptFiles::options() {
  static const OptionList<ProposingPromptFiles> list{
      option("functions_prompt", &ProposingPromptFiles::functions)
          .help("prompt for functions; empty: the one that comes with funcorr")
          .leaves_results(),
      option("categories_prompt", &ProposingPromptFiles::categories)
          .help("prompt for categories; empty: the one that comes with funcorr")
          .leaves_results()};
  return list;
}

ProposingPrompts read_prompts(const ProposingPromptFiles& files, const std::filesystem::path& shipped) {
  return {read_prompt(files.functions, shipped / "taxonomy-functions.prompt"),
          read_prompt(files.categories, shipped / "taxonomy-categories.prompt")};
}

Proposing::Proposing(const ProposingOptions& options, const ProposingPrompts& prompts, Asking& asking)
    : options_(options), prompts_(prompts), asking_(asking) {
  ProposingOptions::options().check(options);
}

void Proposing::run(const Finish& finish) {
  using enum AskingFailure::Kind;
  if (ask_functions() && mark(function_names(), functions_) && ask_categories() &&
      mark(category_names(), categories_)) {
    std::vector<FunctionRow> found = rows();
    if (found.empty()) return finish({{}, {kUnanswered, "unusable_answer", "no function has a category"}});
    return finish({std::move(found), {}});
  }
  if (end_.kind == RunEnd::Kind::kFatal) finish({{}, {kFatal, end_.error_kind, end_.error}});
  if (end_.kind == RunEnd::Kind::kDone) finish({{}, failure_});
}

void Proposing::ask(const Prompt& prompt, std::map<std::string, std::string> values, const char* list,
                    std::int64_t most, std::function<void(const json&)> take) {
  JsonQuestion question;
  question.prompt = &prompt;
  question.values = std::move(values);
  question.tag = kTag;
  question.tries = options_.tries;
  question.is_usable = [list, most](const json& answer) {
    return answer.at(list).is_array() && !answer.at(list).empty() && std::ssize(answer.at(list)) <= most;
  };
  ask_json(asking_, std::move(question), [this, list, take = std::move(take)](const Asked<json>& answer) {
    if (!answer.value)
      failure_ = answer.failure;
    else
      take(answer.value->at(list));
  });
}

bool Proposing::ran_well() {
  end_ = asking_.run();
  return end_.kind == RunEnd::Kind::kDone && failure_.error.empty();
}

bool Proposing::ask_functions() {
  ask(prompts_.functions, {{"count", std::to_string(options_.functions)}}, "functions",
      options_.most_functions(), [this](const json& list) {
        for (const json& one : list)
          if (const std::string name = text_member(one, "name"); !name.empty())
            proposed_.push_back({lower_case(name), text_member(one, "description"), {}});
      });
  return ran_well();
}

bool Proposing::ask_categories() {
  for (Function& function : proposed_) {
    if (functions_.contains(function.name)) continue;
    ask(prompts_.categories,
        {{"function", function.name},
         {"description", function.description},
         {"count", std::to_string(options_.categories_per_function)}},
        "categories", std::numeric_limits<std::int64_t>::max(), [&function](const json& list) {
          for (const json& one : list)
            if (one.is_string()) function.categories.push_back(lower_case(one.get<std::string>()));
        });
  }
  return ran_well();
}

std::vector<std::string> Proposing::function_names() const {
  std::vector<std::string> names;
  for (const Function& function : proposed_) names.push_back(function.name);
  return names;
}

std::vector<std::string> Proposing::category_names() const {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const Function& function : proposed_)
    for (const std::string& category : function.categories)
      if (seen.insert(category).second) names.push_back(category);
  return names;
}

bool Proposing::mark(const std::vector<std::string>& names, std::map<std::string, Duplicate>& duplicates) {
  std::vector<std::vector<float>> vectors;
  if (options_.duplicates.embeddings) {
    end_ = add_vectors(asking_, {names.begin(), names.end()}, kTag, vectors_);
    if (end_.kind != RunEnd::Kind::kDone) return false;
    for (const std::string& name : names) vectors.push_back(vectors_[name]);
  }
  for (Duplicate& duplicate : find_duplicates(names, vectors, options_.duplicates))
    duplicates.emplace(duplicate.dropped, std::move(duplicate));
  return true;
}

std::vector<FunctionRow> Proposing::rows() const {
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

}  // namespace funcorr
