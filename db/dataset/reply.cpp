#include "db/dataset/reply.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string_view>
#include <utility>

#include "db/format/json.h"
#include "db/format/text.h"

namespace funcorr {
namespace {

using nlohmann::json;

// --- thoughts in the text -------------------------------------------------------------------------------

struct Marks {
  std::string_view open, close;  // in lower case
};
constexpr std::array<Marks, 8> kMarks{{{"<think>", "</think>"},
                                       {"<thinking>", "</thinking>"},
                                       {"<thought>", "</thought>"},
                                       {"<reasoning>", "</reasoning>"},
                                       {"<seed:think>", "</seed:think>"},
                                       {"[think]", "[/think]"},
                                       {"◁think▷", "◁/think▷"},
                                       {"<|begin_of_thought|>", "<|end_of_thought|>"}}};

// Where the thought that is open at `at` ends: behind its closing mark, of inner ones of its kind too.
std::size_t end_of_thought(const std::string& lower, std::size_t at, const Marks& marks) {
  int depth = 1;
  while (depth > 0) {
    const std::size_t open = lower.find(marks.open, at), close = lower.find(marks.close, at);
    if (close == std::string::npos) return lower.size();
    depth += open < close ? 1 : -1;
    at = open < close ? open + marks.open.size() : close + marks.close.size();
  }
  return at;
}

// Cuts all thoughts between these marks out of `text`, whose letters in lower case are `lower`.
void cut_thoughts(std::string& text, std::string& lower, const Marks& marks, std::string& thoughts) {
  while (true) {
    const std::size_t open = lower.find(marks.open), close = lower.find(marks.close);
    if (open == std::string::npos && close == std::string::npos) return;
    const bool is_opened = open < close;
    const std::size_t begin = is_opened ? open : 0;
    const std::size_t end =
        is_opened ? end_of_thought(lower, open + marks.open.size(), marks) : close + marks.close.size();
    thoughts.append(text, begin, end - begin);
    text.erase(begin, end - begin);
    lower.erase(begin, end - begin);
  }
}

// gpt-oss as its tokens are: "<|channel|>analysis<|message|>…<|end|>…<|channel|>final<|message|>…".
void keep_final_channel(std::string& text, std::string& thoughts) {
  constexpr std::string_view kFinal = "<|channel|>final<|message|>";
  if (text.find("<|channel|>") == std::string::npos) return;
  const std::size_t at = text.rfind(kFinal);
  const std::size_t begin = at == std::string::npos ? text.size() : at + kFinal.size();
  thoughts.append(text, 0, begin);
  text.erase(0, begin);
  for (const std::string_view end : {"<|return|>", "<|end|>"})
    text.erase(std::min(text.find(end), text.size()));
}

// --- content --------------------------------------------------------------------------------------------

// The texts of a part and of the parts in it.
std::string all_text(const json& part) {
  if (part.is_string()) return part.get<std::string>();
  std::string text;
  if (part.is_array())
    for (const json& each : part) text += all_text(each);
  if (part.is_object()) text = text_member(part, "text");
  return text;
}

void read_parts(const json& parts, Reply& reply) {
  for (const json& part : parts) {
    if (part.is_string()) reply.text += part.get<std::string>();
    if (!part.is_object()) continue;
    const std::string type = text_member(part, "type");
    if (type.empty() || type == "text" || type == "output_text") {
      reply.text += text_member(part, "text");
    } else if (type == "refusal") {
      reply.refusal += text_member(part, "refusal");
    } else if (type == "thinking" || type == "reasoning") {
      for (const char* member : {"thinking", "reasoning", "text"})
        if (const auto found = part.find(member); found != part.end()) reply.thoughts += all_text(*found);
    }
  }
}

std::string arguments_of(const json& call) {
  const json function = call.is_object() ? call.value("function", call) : json();
  if (!function.is_object()) return {};
  const json arguments = function.value("arguments", json());
  if (arguments.is_string()) return arguments.get<std::string>();
  return arguments.is_null() ? std::string() : json_text(arguments);
}

void read_tool_calls(const json& message, Reply& reply) {
  const json calls = message.value("tool_calls", json());
  std::string arguments;
  if (calls.is_array())
    for (const json& call : calls) {
      if (!arguments.empty()) arguments += '\n';
      arguments += arguments_of(call);
    }
  if (arguments.empty()) arguments = arguments_of(message.value("function_call", json()));
  if (arguments.empty()) return;
  reply.is_tool_call = true;
  if (reply.text.empty()) reply.text = std::move(arguments);
}

std::string known_reason(const std::string& reason) {
  static const std::map<std::string, std::string> names = {{"end_turn", "stop"},
                                                           {"stop_sequence", "stop"},
                                                           {"eos", "stop"},
                                                           {"max_tokens", "length"},
                                                           {"model_length", "length"},
                                                           {"model_context_window_exceeded", "length"},
                                                           {"tool_use", "tool_calls"},
                                                           {"safety", "content_filter"},
                                                           {"recitation", "content_filter"},
                                                           {"blocklist", "content_filter"},
                                                           {"prohibited_content", "content_filter"},
                                                           {"refusal", "content_filter"}};
  const auto found = names.find(lower_case(reason));
  return found == names.end() ? reason : found->second;
}

}  // namespace

std::string without_thoughts(const std::string& text, std::string* thoughts) {
  std::string answer = text, cut;
  if (text.find_first_of("<[\xe2") != std::string::npos) {  // most answers hold no mark
    keep_final_channel(answer, cut);
    std::string lower = lower_case(answer);
    for (const Marks& marks : kMarks) cut_thoughts(answer, lower, marks, cut);
  }
  if (thoughts != nullptr) *thoughts += cut;
  if (!cut.empty()) answer = std::string(trimmed(answer));
  return answer;
}

Reply read_reply(const json& choice) {
  Reply reply;
  if (!choice.is_object()) return reply;
  reply.finish_reason = known_reason(text_member(choice, "finish_reason"));
  const json message = choice.value("message", json::object());
  if (!message.is_object()) return reply;
  for (const char* member : {"reasoning_content", "reasoning"})
    if (reply.thoughts.empty()) reply.thoughts = text_member(message, member);
  const json content = message.value("content", json());
  if (content.is_string())
    reply.text = content.get<std::string>();
  else if (content.is_array())
    read_parts(content, reply);
  reply.refusal += text_member(message, "refusal");
  reply.text = without_thoughts(reply.text, &reply.thoughts);
  read_tool_calls(message, reply);
  return reply;
}

}  // namespace funcorr
