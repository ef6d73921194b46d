// What a provider tells of a batch, and the lines of its answers.
#include "labeling/client/wire.h"
#include "tests/fuzz/fuzz.h"

namespace funcorr::tests {

void read_untrusted(std::string_view input) {
  const nlohmann::json told = nlohmann::json::parse(input, nullptr, false);
  for (const Wire* wire : {&openai_wire(), &anthropic_wire()}) {
    if (told.is_object()) wire->batch_status(told);
    wire->batch_answer(told);
  }
}

}  // namespace funcorr::tests
