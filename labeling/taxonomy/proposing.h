#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "labeling/asking/asking.h"
#include "labeling/asking/json_question.h"
#include "labeling/asking/text_vectors.h"
#include "labeling/prompt/prompt.h"
#include "labeling/taxonomy/duplicates.h"
#include "labeling/taxonomy/review_table.h"

namespace funcorr {

struct ProposingOptions {
  int functions = 24, categories_per_function = 20;  // so many are asked for
  int tries = 5;                                     // answers to one question, until one can be used
  DuplicateOptions duplicates{};

  // A longer list of functions cannot be used.
  std::int64_t most_functions() const { return 2 * std::int64_t{functions}; }

  static const OptionList<ProposingOptions>& options();
};

struct ProposingPrompts {
  Prompt functions;   // {{count}} → {"functions": [{"name", "description"}]}
  Prompt categories;  // {{function}}, {{description}}, {{count}} → {"categories": ["mug", …]}

  std::string content() const { return functions.content() + categories.content(); }
};

// A person's own prompts; empty: those that come with funcorr.
struct ProposingPromptFiles {
  std::filesystem::path functions{}, categories{};

  static const OptionList<ProposingPromptFiles>& options();
};
// `shipped`: the folder of the prompts that come with funcorr.
ProposingPrompts read_prompts(const ProposingPromptFiles& files, const std::filesystem::path& shipped);

// Has a language model name functions, then the categories of each, and marks what says the same twice.
class Proposing {
 public:
  // The rows of a review table, in the order in which functions and categories were named first.
  using Finish = std::function<void(Asked<std::vector<FunctionRow>>)>;

  Proposing(const ProposingOptions& options, const ProposingPrompts& prompts, Asking& asking);
  void run(const Finish& finish);

 private:
  struct Function {
    std::string name, description;
    std::vector<std::string> categories;
  };

  void ask(const Prompt& prompt, std::map<std::string, std::string> values, const char* list,
           std::int64_t most, std::function<void(const nlohmann::json&)> take);
  bool ran_well();
  bool ask_functions();
  bool ask_categories();
  bool mark(const std::vector<std::string>& names, std::map<std::string, Duplicate>& duplicates);
  std::vector<std::string> function_names() const;
  std::vector<std::string> category_names() const;
  std::vector<FunctionRow> rows() const;

  const ProposingOptions& options_;
  const ProposingPrompts& prompts_;
  Asking& asking_;
  std::vector<Function> proposed_;
  std::map<std::string, Duplicate> functions_, categories_;  // by the dropped name
  TextVectors vectors_;
  RunEnd end_;
  AskingFailure failure_;
};

}  // namespace funcorr
