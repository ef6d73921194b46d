#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "db/dataset/record/selection.h"
#include "labeling/asking/asking.h"
#include "labeling/asking/text_vectors.h"
#include "labeling/prompt/prompt.h"

namespace funcorr {

// What an asset is called.
enum class NameSource {
  kLlm,      // as the language model reads its caption
  kCaption,  // the caption as it is
  kTable,    // as a table says
};
constexpr auto names_of(NameSource) {
  return std::to_array<EnumName<NameSource>>(
      {{NameSource::kLlm, "llm"}, {NameSource::kCaption, "caption"}, {NameSource::kTable, "table"}});
}
// How names are matched with categories.
enum class CategoryMatch { kEmbedding, kSpelling };
constexpr auto names_of(CategoryMatch) {
  return std::to_array<EnumName<CategoryMatch>>(
      {{CategoryMatch::kEmbedding, "embedding"}, {CategoryMatch::kSpelling, "spelling"}});
}
// Who checks the caption against the category.
enum class CategoryCheck { kLlm, kNone };
constexpr auto names_of(CategoryCheck) {
  return std::to_array<EnumName<CategoryCheck>>(
      {{CategoryCheck::kLlm, "llm"}, {CategoryCheck::kNone, "none"}});
}

struct SelectionOptions {
  NameSource names = NameSource::kLlm;
  CategoryMatch match = CategoryMatch::kEmbedding;
  CategoryCheck verify = CategoryCheck::kLlm;
  double min_cosine = 0.7;  // of a name's and a category's embedding
  int top_k = 1;            // nearest categories that are checked, one after the other
  int tries = 5;            // answers to one question, until one can be used
  int cap = 200;            // assets of a category that are kept; 0: all

  static const OptionList<SelectionOptions>& options();
};

struct SelectionPrompts {
  Prompt name;    // {{caption}} → {"name"}, "none" where the caption shows no single object
  Prompt verify;  // {{caption}}, {{category}} → {"fits": true or false}

  std::string content() const { return name.content() + verify.content(); }
};

// A person's own prompts; empty: those that come with funcorr.
struct SelectionPromptFiles {
  std::filesystem::path name{}, verify{};

  static const OptionList<SelectionPromptFiles>& options();
};
// `shipped`: the folder of the prompts that come with funcorr.
SelectionPrompts read_prompts(const SelectionPromptFiles& files, const std::filesystem::path& shipped);

// What every asset's selection depends on besides its caption and its name, for its fingerprint.
std::string selection_sources(const SelectionOptions& options, const SelectionPrompts& prompts,
                              const std::vector<std::string>& categories);

// An asset whose category is looked for.
struct AssetToSelect {
  std::string uid, caption;
  std::string name;  // of the table; empty where there is none
};

// One batch of assets on its way to their categories: name, nearest categories, check. A step that cannot ask
// any more ends the batch.
class Selecting {
 public:
  // A selection says where an asset was dropped, too.
  using Finish = std::function<void(const std::string& uid, Asked<Selection> selection)>;

  // `vectors` are kept over batches.
  Selecting(const SelectionOptions& options, const SelectionPrompts& prompts,
            const std::vector<std::string>& categories, TextVectors& vectors, Asking& asking, Finish finish);

  void add(const AssetToSelect& asset);
  void run();

 private:
  struct Open {
    Selection selection;
    AskingFailure failure{};
    bool is_over() const { return !failure.error.empty() || selection.dropped != Dropped::kKept; }
  };

  // Each is true where the next step may follow.
  bool went_on(const RunEnd& run_end);
  bool name();
  bool match();
  bool verify();

  void match_one(Selection& selection) const;
  void verify_candidate(Open& open, std::size_t candidate);
  void ask(Open& open, const Prompt& prompt, std::map<std::string, std::string> values,
           std::function<bool(const nlohmann::json&)> is_usable,
           std::function<void(const nlohmann::json&)> take);

  const SelectionOptions& options_;
  const SelectionPrompts& prompts_;
  const std::vector<std::string>& categories_;
  TextVectors& vectors_;
  Asking& asking_;
  Finish finish_;
  std::vector<Open> open_;
};

// The draw of the assets that a full category keeps: those with the lowest of the numbers that `draw` gives
// them. An asset that comes later can take one place at most. A pure function.
struct CapResult {
  std::vector<Selection> changed;          // dropped over the cap now, or not any more
  std::map<Dropped, std::int64_t> counts;  // assets by where they were dropped
};
CapResult apply_cap(std::vector<Selection> selections, int cap,
                    const std::function<std::uint64_t(const std::string& uid)>& draw);

}  // namespace funcorr
