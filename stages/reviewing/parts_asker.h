#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "labeling/taxonomy/taxonomy.h"
#include "pipeline/stage.h"
#include "stages/asking/asking.h"
#include "stages/asking/json_question.h"
#include "stages/asking/text_vectors.h"

namespace funcorr {

// Asks a language model for the functional parts of categories: for the parts of every function, which are
// brought together by name, and then for one description and the flags of every part. Results are entries as
// to_json(TaxonomyCategory) makes them.
class PartsAsker {
 public:
  using Finish = std::function<void(const std::string& key, ItemResult)>;

  // `functions`: name → description.
  PartsAsker(const StageContext& context, Asking& asking, const std::map<std::string, std::string>& functions,
             Finish finish)
      : context_(context), asking_(asking), functions_(functions), finish_(std::move(finish)) {}

  void add(const std::string& category, const nlohmann::json& entry);
  void run();

  static std::shared_ptr<const Prompt> prompt(const StageContext& context, const std::string& option,
                                              const char* shipped);

 private:
  // A part while its descriptions come in.
  struct Found {
    std::string name;
    std::vector<std::string> descriptions, functions;
    bool is_small = false, is_edge = false;
  };
  struct Open {
    std::string category;
    std::vector<std::string> functions;
    nlohmann::json entry;
    std::vector<Found> parts;
    std::string error_kind, error;
  };

  bool run_engine();
  bool went_on(const RunEnd& end);
  bool list_parts();
  bool merge_duplicates();
  bool describe_parts();
  void take_parts(Open& open, const std::string& function, const nlohmann::json& list) const;
  void ask(Open& open, const std::shared_ptr<const Prompt>& prompt, std::map<std::string, std::string> values,
           std::function<bool(const nlohmann::json&)> is_usable,
           std::function<void(const nlohmann::json&)> take);
  void end(const Open& open) const;

  const StageContext& context_;
  Asking& asking_;
  const std::map<std::string, std::string>& functions_;
  Finish finish_;
  TextVectors vectors_;
  std::vector<Open> open_;
};

}  // namespace funcorr
