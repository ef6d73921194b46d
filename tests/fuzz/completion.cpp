// What a server that should speak one of the providers' APIs answers, streams of events included.
#include "db/dataset/completion.h"

#include "db/dataset/reply.h"
#include "db/format/json.h"
#include "tests/fuzz/fuzz.h"

namespace funcorr::tests {

void read_untrusted(std::string_view input) {
  without_thoughts(std::string(input));
  const nlohmann::json completion = read_completion(input);
  json_text(completion);
  for (const char* list : {"choices", "data"})
    for (int index = 0; index < 3; ++index) read_reply(choice_of(completion, list, index));
}

}  // namespace funcorr::tests
