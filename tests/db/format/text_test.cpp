#include "db/format/text.h"

#include "db/format/json.h"
#include "tests/catch.h"

namespace funcorr {

TEST_CASE("ASCII letters become lower case, all else stays as it is") {
  CHECK(lower_case("Retry-After: 7 ÄÖ\xff") == "retry-after: 7 ÄÖ\xff");
  CHECK(lower_case("").empty());
}

TEST_CASE("A member that is no string, and what is no object, have an empty text") {
  const nlohmann::json object = nlohmann::json::parse(R"({"a":"b","n":1,"l":["x"],"z":null})");
  CHECK(text_member(object, "a") == "b");
  for (const char* name : {"n", "l", "z", "absent"}) CHECK(text_member(object, name).empty());
  CHECK(text_member(nlohmann::json("a"), "a").empty());
  CHECK(text_member(nlohmann::json(), "a").empty());
}

}  // namespace funcorr
