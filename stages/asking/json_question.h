#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "stages/asking/asking.h"

namespace funcorr {

// A question that is answered by a JSON object.
struct JsonQuestion {
  std::shared_ptr<const Prompt> prompt;
  std::map<std::string, std::string> values;  // to fill in
  RequestTag tag;
  int tries = 5;  // samples, until one can be used
  // Has the answer what is wanted? Its types are the caller's to check; exceptions of json count as no.
  std::function<bool(const nlohmann::json& answer)> is_usable;
};

// What became of it.
struct JsonAnswer {
  std::optional<nlohmann::json> value;
  std::string error_kind, error;  // where there is none: "unusable_answer", or the engine's kind
};

// Submits the question; `take` is called once, from the engine's run().
void ask_json(Asking& asking, JsonQuestion question, std::function<void(const JsonAnswer&)> take);

}  // namespace funcorr
