#include "train/text/function_name.h"

#include "tests/catch.h"

using namespace funcorr;
using Names = std::vector<std::string>;

TEST_CASE("a function is found as people write it") {
  const Names known{"apply torque-with", "cut-with",   "dig-with",  "hang-onto", "pick up-with",
                    "pour-with",         "pry-with",   "roll-onto", "roll-with", "roll",
                    "scoop-with",        "wedge-with", "write-with"};
  const std::vector<std::pair<std::string, std::string>> table{{"pour-with", "pour-with"},
                                                               {"pour with", "pour-with"},
                                                               {"Pour_With", "pour-with"},
                                                               {" pour  with ", "pour-with"},
                                                               {"pour", "pour-with"},
                                                               {"pouring", "pour-with"},
                                                               {"pouring with", "pour-with"},
                                                               {"cutting", "cut-with"},
                                                               {"digging", "dig-with"},
                                                               {"prying", "pry-with"},
                                                               {"scooping with", "scoop-with"},
                                                               {"wedging", "wedge-with"},
                                                               {"writing", "write-with"},
                                                               {"hanging onto", "hang-onto"},
                                                               {"applying torque", "apply torque-with"},
                                                               {"apply-torque-with", "apply torque-with"},
                                                               {"picking up", "pick up-with"},
                                                               {"roll", "roll"}};
  for (const auto& [written, meant] : table) {
    INFO(written);
    CHECK(functions_meant(written, known) == Names{meant});
  }
  CHECK(functions_meant("rolling", known) == Names{"roll-onto", "roll-with", "roll"});
  for (const char* nothing : {"", "-", "fly with", "pour onto", "pour with water", "ing", "ping", "cutter"}) {
    INFO(nothing);
    CHECK(functions_meant(nothing, known).empty());
  }
}
