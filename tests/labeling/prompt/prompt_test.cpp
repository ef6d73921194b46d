#include "labeling/prompt/prompt.h"

#include "tests/catch.h"
#include "tests/golden.h"

namespace funcorr {
namespace {

std::string error_of(const std::string& text) {
  try {
    parse_prompt(text, "p");
  } catch (const PromptError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("A prompt file is notes, messages and a schema, and names in braces are filled in") {
  const std::string text =
      "Notes for people, {{nothing}} of them counts.\n"
      "--- system\nYou name {{what}}.\n\n"
      "--- user\nA mug?\n--- assistant\nrim\n"
      "--- schema\n{\"type\": \"object\"}\n"
      "--- user\nA {{object}}, a {{object}}?\n";
  const Prompt prompt = parse_prompt(text, "p");
  REQUIRE(prompt.messages.size() == 4);
  CHECK(prompt.schema == nlohmann::json{{"type", "object"}});
  const auto messages = fill(prompt, {{"what", "parts"}, {"object", "{{what}}"}});
  CHECK(messages[0].role == "system");
  CHECK(messages[0].text == "You name parts.");
  CHECK(messages[2].role == "assistant");
  CHECK(messages[3].text == "A {{what}}, a {{what}}?");  // what is filled in is not filled again
  CHECK_THROWS_AS(fill(prompt, {{"what", "parts"}}), PromptError);
}

TEST_CASE("What depends on a prompt sees its words change, not its notes") {
  const auto content = [](const std::string& text) { return parse_prompt(text, "p").content(); };
  const std::string question = "--- user\nWhere is it?\n";
  CHECK(content("one note\n" + question) == content("another\n\n" + question));
  CHECK(content(question) != content("--- user\nWhere is that?\n"));
  CHECK(content(question) != content("--- system\nBe brief.\n" + question));
  CHECK(content(question) != content("--- schema\n{}\n" + question));
}

TEST_CASE("Errors of a prompt name the prompt, the line and what would be right") {
  CHECK(error_of("--- user\nhi\n").empty());
  CHECK(error_of("note\n--- usr\nhi\n").find("line 2") != std::string::npos);
  CHECK(error_of("").find("the question") != std::string::npos);
  CHECK(error_of("--- user\nhi\n--- assistant\nho\n").find("the question") != std::string::npos);
  CHECK(error_of("--- schema\n[1\n--- user\nhi\n").find("schema") != std::string::npos);
  CHECK_THROWS_AS(read_prompt("/nowhere/p.prompt"), PromptError);
}

TEST_CASE("The prompts that come with funcorr can be read and name their values") {
  int prompts = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(tests::source_dir() / "labeling/prompt/shipped")) {
    if (entry.path().extension() != ".prompt") continue;
    INFO(entry.path());
    CHECK_NOTHROW(read_prompt(entry.path()));
    ++prompts;
  }
  CHECK(prompts >= 18);
  const Prompt ground = read_prompt(tests::source_dir() / "labeling/prompt/shipped/ground.prompt");
  CHECK(fill(ground, {{"part", "rim - the top"}}).back().text.find("\"rim - the top\"") != std::string::npos);
}

TEST_CASE("The values of a question can be read back from it") {
  using Values = std::map<std::string, std::string>;
  const Prompt prompt = parse_prompt("--- user\nA {{thing}} for {{use}}, a {{thing}}.", "p");
  const Values values = {{"thing", "hat, say"}, {"use", "rain"}};
  CHECK(values_of(prompt, fill(prompt, values).back().text) == values);
  CHECK_FALSE(values_of(prompt, "A hat for rain, a cap.").has_value());
  CHECK_FALSE(values_of(prompt, "A hat for rain").has_value());
  CHECK_FALSE(values_of(prompt, "").has_value());
  CHECK(values_of(parse_prompt("--- user\n{{all}}", "p"), "any").value() == Values{{"all", "any"}});
  CHECK(values_of(parse_prompt("--- user\nhi", "p"), "hi")->empty());
}

}  // namespace funcorr
