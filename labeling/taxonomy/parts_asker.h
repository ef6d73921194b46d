#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "labeling/asking/asking.h"
#include "labeling/asking/text_vectors.h"
#include "labeling/prompt/prompt.h"
#include "labeling/taxonomy/duplicates.h"
#include "labeling/taxonomy/known_parts.h"
#include "labeling/taxonomy/taxonomy.h"

namespace funcorr {

struct PartsOptions {
  AskForParts ask = AskForParts::kNever;
  int tries = 5;        // answers to one question, until one can be used
  int most_parts = 20;  // of one function: a longer list cannot be used
  DuplicateOptions duplicates{};

  // They leave results: what a category's parts are made from is in its entry and in the prompts.
  static const OptionList<PartsOptions>& options();
};

struct PartsPrompts {
  Prompt list;      // {{category}}, {{function}}, {{description}} → {"parts": [{"name", "description"}]}
  Prompt describe;  // {{category}}, {{part}}, {{descriptions}} → {"description", "small", "edge"}

  std::string content() const { return list.content() + describe.content(); }
};

// A person's own prompts; empty: those that come with funcorr.
struct PartsPromptFiles {
  std::filesystem::path list{}, describe{};

  static const OptionList<PartsPromptFiles>& options();
};
// `shipped`: the folder of the prompts that come with funcorr.
PartsPrompts read_prompts(const PartsPromptFiles& files, const std::filesystem::path& shipped);

// Asks a language model for the functional parts of categories: for the parts of every function, which are
// brought together by name, and then for one description and the flags of every part.
class PartsAsker {
 public:
  // A category's entry with the parts that were found.
  using Finish = std::function<void(const std::string& category, Asked<TaxonomyCategory> entry)>;

  // `functions`: name → description.
  PartsAsker(const PartsOptions& options, const PartsPrompts& prompts,
             const std::map<std::string, std::string>& functions, Asking& asking, Finish finish);

  // The entry's parts stay as they are, but for those that the model names too.
  void add(const std::string& category, TaxonomyCategory entry);
  void run();

 private:
  // A part while its descriptions come in.
  struct Found {
    std::string name;
    std::vector<std::string> descriptions, functions;
    bool is_small = false, is_edge = false;
  };
  struct Open {
    std::string category;
    TaxonomyCategory entry;
    std::vector<Found> parts{};
    AskingFailure failure{};
  };

  bool went_on(const RunEnd& end);
  bool list_parts();
  bool merge_duplicates();
  void merge_duplicates_of(Open& open);
  bool describe_parts();
  void take_parts(Open& open, const std::string& function, const nlohmann::json& list) const;
  void ask(Open& open, const Prompt& prompt, std::map<std::string, std::string> values,
           std::function<bool(const nlohmann::json&)> is_usable,
           std::function<void(const nlohmann::json&)> take);
  void end(Open& open) const;

  const PartsOptions& options_;
  const PartsPrompts& prompts_;
  const std::map<std::string, std::string>& functions_;
  Asking& asking_;
  Finish finish_;
  TextVectors vectors_;
  std::vector<Open> open_;
};

}  // namespace funcorr
