#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace funcorr {

// What one choice of a completion says.
struct Reply {
  std::string text;           // the answer, without thoughts; of a tool call, the JSON of its arguments
  std::string thoughts;       // what the model thought before, however it is marked: never an answer
  std::string finish_reason;  // "stop", "length", "content_filter", "tool_calls", or the server's own word
  std::string refusal;        // the model's words for not answering
  bool is_tool_call = false;
};

// Of a choice of the OpenAI API (read_completion()): content as a text or as typed parts, `reasoning_content`
// (DeepSeek, vLLM, SGLang) and `reasoning` (OpenRouter, Ollama), tool calls. A pure function; whatever is
// malformed counts as absent.
Reply read_reply(const nlohmann::json& choice);

// The text without what models mark as thought: <think>…</think>, <thinking>…, <thought>…, <reasoning>…,
// [THINK]…, ◁think▷… (Kimi), <|begin_of_thought|>…<|end_of_thought|> (OpenThinker), and all but the final
// channel of gpt-oss. A thought that is not opened begins with the text (templates put the opening mark into
// the prompt); one that is not closed takes all that follows. `thoughts`, where given, gets what was cut out.
std::string without_thoughts(const std::string& text, std::string* thoughts = nullptr);

}  // namespace funcorr
