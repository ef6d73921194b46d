#include "labeling/taxonomy/duplicates.h"

#include <cmath>
#include <stdexcept>

#include "labeling/prompt/json_answer.h"
#include "tests/catch.h"

namespace funcorr {

TEST_CASE("Names that differ in spelling alone are the same") {
  CHECK(is_same_spelling("Measuring cup", "measuring-cup"));
  CHECK(is_same_spelling("spoon", "spoons"));
  CHECK(is_same_spelling("screwdriver", "screw driver"));
  CHECK(is_same_spelling("screwdriver", "scredriver"));  // a letter lost
  CHECK(is_same_spelling("screwdriver", "screwdrivers"));
  CHECK(is_same_spelling("screwdriver", "screwdiiver"));  // a letter changed
  CHECK_FALSE(is_same_spelling("mug", "jug"));
  CHECK_FALSE(is_same_spelling("spoon", "spool"));
  CHECK_FALSE(is_same_spelling("glass", "glas"));
  CHECK_FALSE(is_same_spelling("screwdriver", "scrwdrivr"));
  CHECK_FALSE(is_same_spelling("bottle opener", "can opener"));
}

TEST_CASE("Earlier names win, by spelling and by the closest vector") {
  const auto at = [](double degrees) {
    const double angle = degrees * 3.14159265358979 / 180;
    return std::vector<float>{static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
  };
  const std::vector<std::string> names = {"cup", "axe", "Cups", "hatchet", "beaker", "saw"};
  const auto found = find_duplicates(names, {at(0), at(60), at(170), at(70), at(20), at(300)});
  REQUIRE(found.size() == 3);
  CHECK(found[0].dropped == "Cups");
  CHECK(found[0].kept == "cup");
  CHECK(found[0].reason == "spelling");
  CHECK(found[1].dropped == "hatchet");
  CHECK(found[1].kept == "axe");
  CHECK(found[1].reason == "cosine 0.98");
  CHECK(found[2].kept == "cup");  // 20° away, hatchet's 50° do not count
  CHECK(find_duplicates(names, {}).size() == 1);
  CHECK(find_duplicates({}, {}).empty());
  CHECK_THROWS_AS(find_duplicates(names, {at(0)}), std::invalid_argument);
}

TEST_CASE("The JSON of an answer is found within fences and prose") {
  using nlohmann::json;
  const json expected = {{"name", "a \"{mug}\""}};
  const std::string object = expected.dump();
  for (const std::string& answer : {object, "```json\n" + object + "\n```",
                                    "Sure! Here {it} is:\n" + object + "\nAnything else?", "{}{" + object})
    if (answer.starts_with("{}"))
      CHECK(json_answer(answer) == json::object());
    else
      CHECK(json_answer(answer) == expected);
  CHECK_FALSE(json_answer("").has_value());
  CHECK_FALSE(json_answer(object.substr(0, object.size() - 1)).has_value());
  CHECK_FALSE(json_answer("[1, 2]").has_value());
  CHECK_FALSE(json_answer(std::string(100000, '{')).has_value());
  for (const char bracket : {'[', '{'}) {  // copies of it would take more stack than there is
    std::string nested = "1";
    for (int i = 0; i < 100'000; ++i) nested = bracket + std::string(bracket == '{' ? "\"a\":" : "") + nested;
    nested += std::string(100'000, bracket == '{' ? '}' : ']');
    CHECK_FALSE(json_answer("{\"scores\":" + nested + "}").has_value());
    CHECK_FALSE(json_list_answer("{\"scores\":" + nested + "}").has_value());
  }
}

}  // namespace funcorr
