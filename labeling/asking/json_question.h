#pragma once

#include <functional>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "labeling/asking/asking.h"

namespace funcorr {

// A question that is answered by a JSON object.
struct JsonQuestion {
  const Prompt* prompt = nullptr;             // outlives the run
  std::map<std::string, std::string> values;  // to fill in
  RequestTag tag;
  int tries = 5;  // samples, until one can be used
  // Has the answer what is wanted? Its types are the caller's to check; exceptions of json count as no.
  std::function<bool(const nlohmann::json& answer)> is_usable;
};

// Submits the question; `take` is called once, from the asking's run(). A failure's kind is
// "unusable_answer", or the engine's.
void ask_json(Asking& asking, JsonQuestion question, std::function<void(const Asked<nlohmann::json>&)> take);

}  // namespace funcorr
