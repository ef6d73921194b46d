// What a raw answer says, of whatever server.
#include "db/dataset/reply.h"

#include "db/dataset/completion.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

using nlohmann::json;

json choice(json message, const std::string& reason = "stop") {
  message["role"] = "assistant";
  return {{"index", 0}, {"message", std::move(message)}, {"finish_reason", reason}};
}

std::string events(const std::vector<json>& chunks, bool done = true) {
  std::string text;
  for (const json& chunk : chunks) text += "data: " + chunk.dump() + "\n\n";
  return text + (done ? "data: [DONE]\n\n" : "");
}

json chunk(int index, const std::string& text, const json& reason = nullptr) {
  return {{"choices", {{{"index", index}, {"delta", {{"content", text}}}, {"finish_reason", reason}}}}};
}

std::string text_of(const std::string& raw, std::size_t index = 0) {
  return read_reply(read_completion(raw).at("choices").at(index)).text;
}

}  // namespace

TEST_CASE("Thoughts are cut out of the text, however they are marked") {
  struct Row {
    std::string text, answer, thoughts;
  };
  const std::string draft = "perhaps [[0,0,9,9]]";
  for (const Row& row :
       {Row{"[[1,2,3,4]]", "[[1,2,3,4]]", ""},
        Row{"<think>" + draft + "</think>\n\n[[1,2,3,4]]", "[[1,2,3,4]]", draft},
        Row{draft + "\n</think>\n[[1,2,3,4]]", "[[1,2,3,4]]", draft}, Row{"<think>" + draft, "", draft},
        Row{"<Thinking>" + draft + "</THINKING>[[1,2,3,4]]", "[[1,2,3,4]]", draft},
        Row{"<|begin_of_thought|>" + draft + "<|end_of_thought|> [[1,2,3,4]]", "[[1,2,3,4]]", draft},
        Row{"◁think▷" + draft + "◁/think▷[[1,2,3,4]]", "[[1,2,3,4]]", draft},
        Row{"[THINK]" + draft + "[/THINK][[1,2,3,4]]", "[[1,2,3,4]]", draft},
        Row{"<think>a<think>b</think>" + draft + "</think>[[1,2,3,4]]", "[[1,2,3,4]]", draft},
        Row{"[[1,2,<think>" + draft + "</think>3,4]]", "[[1,2,3,4]]", draft},
        Row{"<think>a</think>so:<think>" + draft + "</think>", "so:", draft},
        Row{"<|channel|>analysis<|message|>" + draft +
                "<|end|><|start|>assistant<|channel|>final<|message|>[[1,2,3,4]]<|return|>",
            "[[1,2,3,4]]", draft},
        Row{"<|channel|>analysis<|message|>" + draft, "", draft},
        Row{"<box>1 2 3 4</box> [not a thought]", "<box>1 2 3 4</box> [not a thought]", ""}}) {
    INFO(row.text);
    std::string thoughts;
    CHECK(without_thoughts(row.text, &thoughts) == row.answer);
    CHECK((thoughts.find(row.thoughts) != std::string::npos && thoughts.empty() == row.thoughts.empty()));
  }
}

TEST_CASE("Thoughts beside the text are kept apart, and are no answer where there is no text") {
  const Reply both = read_reply(choice({{"content", "[[1,2,3,4]]"}, {"reasoning_content", "[[0,0,9,9]]"}}));
  CHECK(both.text == "[[1,2,3,4]]");
  CHECK(both.thoughts == "[[0,0,9,9]]");
  const Reply only = read_reply(choice({{"content", nullptr}, {"reasoning", "so [[0,0,9,9]]"}}, "length"));
  CHECK(only.text.empty());
  CHECK(only.thoughts == "so [[0,0,9,9]]");
  CHECK(only.finish_reason == "length");
}

TEST_CASE("Typed parts, tool calls and refusals are read") {
  const json parts = json::parse(R"([{"type":"thinking","thinking":[{"type":"text","text":"[[0,0,9,9]]?"}]},
                                     {"type":"text","text":"[[1,2,"},{"type":"text","text":"3,4]]"},
                                     {"type":"image","text":"x"}, 7])");
  const Reply of_parts = read_reply(choice({{"content", parts}}));
  CHECK(of_parts.text == "[[1,2,3,4]]");
  CHECK(of_parts.thoughts == "[[0,0,9,9]]?");
  const json calls = json::parse(
      R"([{"id":"a","type":"function","function":{"name":"box","arguments":"{\"bbox\":[1,2,3,4]}"}}])");
  const Reply call = read_reply(choice({{"content", nullptr}, {"tool_calls", calls}}, "tool_calls"));
  CHECK(call.is_tool_call);
  CHECK(call.text == R"({"bbox":[1,2,3,4]})");
  CHECK(read_reply(choice({{"content", "x"}, {"function_call", {{"arguments", {{"a", 1}}}}}})).text == "x");
  CHECK(read_reply(choice({{"content", nullptr}, {"refusal", "no"}})).refusal == "no");
  CHECK(read_reply(choice({{"content", json::parse(R"([{"type":"refusal","refusal":"no"}])")}})).refusal ==
        "no");
  CHECK(read_reply(choice({{"content", ""}}, "SAFETY")).finish_reason == "content_filter");
  for (const char* nonsense : {"null", "7", "[]", "{}", R"({"message":[]})", R"({"message":{"content":7}})",
                               R"({"message":{"tool_calls":{}}})", R"({"finish_reason":{}})"})
    CHECK(read_reply(json::parse(nonsense)).text.empty());
}

TEST_CASE("A stream of chunks is one completion, with usage where a chunk has it") {
  const json usage = {{"choices", json::array()},
                      {"usage", {{"prompt_tokens", 9}, {"completion_tokens", 3}}}};
  const std::string raw = events({chunk(0, "[[1,2"), chunk(1, "b"), chunk(0, ",3,4]]"), chunk(0, "", "stop"),
                                  chunk(1, "", "length"), usage});
  CHECK(text_of(raw) == "[[1,2,3,4]]");
  CHECK(text_of(raw, 1) == "b");
  CHECK(read_completion(raw)["usage"]["prompt_tokens"] == 9);
  CHECK(read_completion(raw)["choices"][1]["finish_reason"] == "length");

  // The end alone, or the reason alone, is an end; neither is none.
  CHECK(text_of(events({chunk(0, "a")})) == "a");
  CHECK(text_of(events({chunk(0, "a", "stop")}, false)) == "a");
  CHECK(read_completion(events({chunk(0, "a")}, false))["choices"].empty());

  // Other line ends, comments, names of events, an error in the middle.
  CHECK(text_of(": hello\r\nevent: x\r\ndata: " + chunk(0, "a", "stop").dump() + "\r\n\r\n") == "a");
  CHECK(read_completion(events({chunk(0, "a"), {{"error", {{"code", 429}}}}}))["error"]["code"] == 429);
  CHECK(read_completion("data: <html>\n\n").is_discarded());

  const json call = json::parse(
      R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]}}]})");
  const json rest = json::parse(
      R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]})");
  CHECK(text_of(events({call, rest, chunk(0, "", "tool_calls")})) == R"({"a":1})");
  const json far =
      json::parse(R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":4000000000,"function":{}}]}}]})");
  CHECK(text_of(events({far, chunk(0, "a", "stop")})) == "a");  // costs no memory
}

TEST_CASE("Anthropic's messages and streams are completions") {
  const std::string message = R"({"type":"message","role":"assistant","stop_reason":"max_tokens",
    "content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"[[1,2,3,4]]"}],
    "usage":{"input_tokens":7,"cache_read_input_tokens":2,"output_tokens":5}})";
  const json completion = read_completion(message);
  const Reply reply = read_reply(completion["choices"][0]);
  CHECK(reply.text == "[[1,2,3,4]]");
  CHECK(reply.thoughts == "hm");
  CHECK(reply.finish_reason == "length");
  CHECK(completion["usage"]["prompt_tokens"] == 9);
  CHECK(completion["usage"]["completion_tokens"] == 5);
  const Reply tool = read_reply(
      read_completion(
          R"({"type":"message","content":[{"type":"tool_use","name":"b","input":{"a":1}}],"stop_reason":"tool_use"})")
          .at("choices")
          .at(0));
  CHECK((tool.is_tool_call && tool.text == R"({"a":1})"));

  const std::string stream =
      "event: message_start\n"
      R"(data: {"type":"message_start","message":{"type":"message","content":[],"usage":{"input_tokens":7,"output_tokens":1}}})"
      "\n\n"
      R"(data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})"
      "\n\n"
      R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"[[1,2,"}})"
      "\n\n"
      R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"3,4]]"}})"
      "\n\n";
  const std::string end =
      R"(data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":15}})"
      "\n\n"
      R"(data: {"type":"message_stop"})"
      "\n\n";
  CHECK(text_of(stream + end) == "[[1,2,3,4]]");
  CHECK(read_completion(stream + end)["usage"]["completion_tokens"] == 15);
  CHECK(read_completion(stream)["choices"].empty());
}

TEST_CASE("Half of a surrogate pair costs its character, not the answer") {
  const std::string text = GENERATE(R"(\ud83d)", R"(\ude00)", R"(\ud83d\ud83d\ude00)", R"(\\ud83d\ud83d)");
  const json completion =
      read_completion(R"({"choices":[{"message":{"content":"[[1,2,3,4]] )" + text + R"("}}]})");
  REQUIRE(completion.is_object());
  const std::string read = read_reply(choice_of(completion, "choices", 0)).text;
  CAPTURE(text, read);
  CHECK(read.starts_with("[[1,2,3,4]] "));
  CHECK(read.find("\xEF\xBF\xBD") != std::string::npos);  // U+FFFD
  CHECK((read.find("\xF0\x9F\x98\x80") != std::string::npos) == text.ends_with(R"(\ud83d\ude00)"));
  CHECK((read.find("\\ud83d") != std::string::npos) == text.starts_with(R"(\\ud83d)"));  // no escape
}

TEST_CASE("What is no answer of any kind is discarded, and nothing malformed throws") {
  for (const char* raw : {"", "<html>", "{\"choices\":[", "data:"})
    CHECK(read_completion(raw).is_discarded());
  for (const char* raw : {"data: {\"choices\":7}\n\n", "data: {\"choices\":[7,{\"index\":-1}]}\n\n",
                          "data: {\"type\":\"message_start\"}\n\n", "{\"type\":\"message\",\"content\":7}",
                          "data: {\"type\":\"content_block_delta\",\"delta\":7}\n\n"})
    CHECK_NOTHROW(read_completion(raw));
  const json end = {{"type", "message_delta"}, {"delta", {{"stop_reason", "end_turn"}}}};
  CHECK_NOTHROW(read_completion(events({{{"type", "message_start"}, {"message", {7}}}, end})));
  const json block = {{"type", "content_block_start"},
                      {"content_block", {{"type", "tool_use"}, {"partial_json", 7}}}};
  CHECK_NOTHROW(
      read_completion(events({{{"type", "message_start"}, {"message", json::object()}}, block, end})));
  CHECK(choice_of(json{{"choices", {{"a", 1}}}}, "choices", 0).is_null());
  CHECK(choice_of(json{{"choices", "text"}}, "choices", 0).is_null());
}

TEST_CASE("Counts of tokens that are no counts stay within what can be added up") {
  const auto usage = [](const std::string& tokens) {
    return read_completion(R"({"type":"message","content":[],"usage":{"input_tokens":)" + tokens +
                           R"(,"cache_read_input_tokens":)" + tokens + "}}")
        .at("usage")
        .at("prompt_tokens");
  };
  CHECK(usage("3") == 6);
  CHECK(usage("-3") == 0);
  CHECK(usage("\"3\"") == 0);
  for (const char* huge : {"9223372036854775807", "18446744073709551615", "1e300"})
    CHECK(usage(huge) == 2 * (std::int64_t{1} << 53));
}

TEST_CASE("An answer nested without end is no answer, whatever is asked of it") {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  CHECK(read_completion(R"({"choices":[{"message":{"content":)" + deep + "}}]}").is_discarded());
  CHECK(read_completion(R"(data: {"choices":[{"delta":{"content":)" + deep + "}}]}\n\n").is_discarded());
  const std::string brackets = R"({"choices":[{"message":{"content":")" + std::string(300, '[') + "\"}}]}";
  CHECK(read_reply(choice_of(read_completion(brackets), "choices", 0)).text == std::string(300, '['));
}

TEST_CASE("A stream may pass over few parts of an answer, and not make room for thousands") {
  const auto parts_with = [](const std::string& index) {
    const json completion =
        read_completion(R"(data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":)" + index +
                        R"(,"id":"a"}]},"finish_reason":"stop"}]})"
                        "\n\n");
    return completion.at("choices").at(0).at("message").at("tool_calls").size();
  };
  CHECK(parts_with("2") == 3);
  CHECK(parts_with("1000") == 0);
}

}  // namespace funcorr
