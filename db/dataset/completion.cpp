#include "db/dataset/completion.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "db/format/json.h"

namespace funcorr {
namespace {

using nlohmann::json;

// The UTF-16 unit that \uXXXX at this place stands for; 0: there is none.
unsigned escaped_unit(std::string_view text, std::size_t at) {
  unsigned unit = 0;
  if (text.substr(at, 2) != "\\u" || text.size() < at + 6) return 0;
  const char* digits = text.data() + at + 2;
  return std::from_chars(digits, digits + 4, unit, 16).ptr == digits + 4 ? unit : 0;
}

// A model that is cut within an emoji leaves half of a surrogate pair, which servers in Python write as an
// escape and JSON leaves open (RFC 8259, 8.2): U+FFFD in its place.
std::string with_whole_characters(std::string_view text) {
  const auto is_high = [](unsigned unit) { return unit >= 0xD800 && unit < 0xDC00; };
  const auto is_low = [](unsigned unit) { return unit >= 0xDC00 && unit < 0xE000; };
  std::string mended;
  for (std::size_t at = 0, length = 1; at < text.size(); at += length) {
    const unsigned unit = escaped_unit(text, at);
    const bool is_pair = is_high(unit) && is_low(escaped_unit(text, at + 6));
    length = is_pair ? 12 : unit > 0 ? 6 : text[at] == '\\' ? 2 : 1;
    if ((is_high(unit) || is_low(unit)) && !is_pair)
      mended += "\\ufffd";
    else
      mended += text.substr(at, length);
  }
  return mended;
}

json parse_answer(std::string_view text) {
  json value = parse_reply_json(text);
  return value.is_discarded() ? parse_reply_json(with_whole_characters(text)) : value;
}

// --- Anthropic's messages -------------------------------------------------------------------------------

// What the cache served counts as sent: it is told apart from the rest.
json usage_of(const json& usage) {
  if (!usage.is_object()) return {};
  const auto count = [&](const char* name) { return count_member(usage, name).value_or(0); };
  return {{"prompt_tokens",
           count("input_tokens") + count("cache_creation_input_tokens") + count("cache_read_input_tokens")},
          {"completion_tokens", count("output_tokens")}};
}

json completion_of_message(const json& message) {
  json content = json::array(), calls = json::array();
  std::string thoughts;
  for (const json& block : message.value("content", json::array())) {
    if (!block.is_object()) continue;
    const std::string type = text_member(block, "type");
    if (type == "text")
      content.push_back(block);
    else if (type == "thinking")
      thoughts += text_member(block, "thinking");
    else if (type == "tool_use")
      calls.push_back({{"function", {{"arguments", json_text(block.value("input", json::object()))}}}});
  }
  json answer = {{"role", "assistant"}, {"content", std::move(content)}};
  if (!thoughts.empty()) answer["reasoning_content"] = std::move(thoughts);
  if (!calls.empty()) answer["tool_calls"] = std::move(calls);
  json completion = {
      {"choices",
       {{{"message", std::move(answer)}, {"finish_reason", text_member(message, "stop_reason")}}}}};
  if (const auto usage = message.find("usage"); usage != message.end())
    completion["usage"] = usage_of(*usage);
  return completion;
}

// --- streams --------------------------------------------------------------------------------------------

// Calls `visit` with the data of each event: its "data:" lines joined.
void for_each_event(std::string_view stream, const std::function<void(std::string_view data)>& visit) {
  std::string data;
  while (!stream.empty()) {
    const std::size_t end = stream.find('\n');
    std::string_view line = stream.substr(0, end);
    stream.remove_prefix(end == std::string_view::npos ? stream.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("data:")) {
      line.remove_prefix(line.starts_with("data: ") ? 6 : 5);
      if (!data.empty()) data += '\n';
      data += line;
    } else if (line.empty() && !data.empty()) {
      visit(data);
      data.clear();
    }
  }
  if (!data.empty()) visit(data);  // the last line's end may be lacking
}

// Texts of `from` are appended to those of `to`, lists by their elements' index; other values replace them.
void join(json& to, const json& from);

void join_list(json& to, const json& from) {
  if (!to.is_array()) to = json::array();
  constexpr std::size_t kMost = 1024,
                        kMostSkipped = 16;  // no real answer has so many parts, or lacks so many
  for (std::size_t i = 0; i < from.size(); ++i) {
    const json& element = from[i];
    const json index = element.is_object() ? element.value("index", json(i)) : json(i);
    const std::size_t at = index.is_number_unsigned() ? index.get<std::size_t>() : i;
    if (at >= std::min(kMost, to.size() + kMostSkipped)) continue;
    while (to.size() <= at) to.push_back(nullptr);
    join(to[at], element);
  }
}

void join(json& to, const json& from) {
  if (from.is_null()) return;
  if (from.is_string() && to.is_string()) {
    to.get_ref<std::string&>() += from.get_ref<const std::string&>();
  } else if (from.is_object()) {
    if (!to.is_object()) to = json::object();
    for (const auto& [name, value] : from.items()) join(to[name], value);
  } else if (from.is_array()) {
    join_list(to, from);
  } else {
    to = from;
  }
}

class OpenAiStream {
 public:
  void take(const json& chunk) {
    is_one_ = is_one_ || chunk.contains("choices");
    if (const auto usage = chunk.find("usage"); usage != chunk.end() && usage->is_object()) usage_ = *usage;
    for (const json& choice : chunk.value("choices", json::array())) {
      const json index = choice.is_object() ? choice.value("index", json(0)) : json();
      if (!index.is_number_unsigned()) continue;
      Choice& whole = choices_[index.get<std::uint64_t>()];
      for (const char* member : {"delta", "message"})
        if (const auto piece = choice.find(member); piece != choice.end()) join(whole.message, *piece);
      if (const std::string reason = text_member(choice, "finish_reason"); !reason.empty())
        whole.end = reason;
    }
  }
  void take_end() { is_whole_ = true; }
  bool is_one() const { return is_one_; }
  json completion() const {
    json choices = json::array();
    for (const auto& [index, choice] : choices_)
      if (is_whole_ || !choice.end.empty())
        choices.push_back({{"index", index}, {"message", choice.message}, {"finish_reason", choice.end}});
    json completion = {{"choices", std::move(choices)}};
    if (!usage_.empty()) completion["usage"] = usage_;
    return completion;
  }

 private:
  struct Choice {
    json message = json::object();
    std::string end;
  };
  std::map<std::uint64_t, Choice> choices_;
  json usage_ = json::object();
  bool is_one_ = false, is_whole_ = false;
};

class AnthropicStream {
 public:
  void take(const json& event) {
    const std::string type = text_member(event, "type");
    const json none = json::object();
    if (type == "message_start") {
      if (json message = event.value("message", none); message.is_object()) {
        message_ = std::move(message);
        is_one_ = true;
      }
    } else if (type == "content_block_start" || type == "content_block_delta") {
      take_block(event);
    } else if (type == "message_delta") {
      message_["stop_reason"] = text_member(event.value("delta", none), "stop_reason");
      join(message_["usage"], event.value("usage", none));
      is_whole_ = true;
    }
  }
  bool is_one() const { return is_one_; }
  json completion() const {
    json message = message_;
    message["content"] = blocks_;
    for (json& block : message["content"])
      if (block.is_object() && block.contains("partial_json"))
        block["input"] = parse_reply_json(text_member(block, "partial_json"));
    json completion = completion_of_message(message);
    if (!is_whole_) completion["choices"] = json::array();
    return completion;
  }

 private:
  void take_block(const json& event) {
    json piece = event.value(event.contains("delta") ? "delta" : "content_block", json::object());
    if (!piece.is_object()) return;
    if (event.contains("delta")) piece.erase("type");  // that of the piece, not of the block
    piece["index"] = event.value("index", json(0));
    join_list(blocks_, json::array({piece}));
  }

  json message_ = json::object(), blocks_ = json::array();
  bool is_one_ = false, is_whole_ = false;
};

json read_stream(std::string_view stream) {
  OpenAiStream of_openai;
  AnthropicStream of_anthropic;
  json error;
  for_each_event(stream, [&](std::string_view data) {
    if (data == "[DONE]") return of_openai.take_end();
    const json event = parse_answer(data);
    if (!event.is_object()) return;
    if (event.contains("error") && !event["error"].is_null()) error = event;
    of_openai.take(event);
    of_anthropic.take(event);
  });
  if (!error.is_null()) return error;
  if (of_anthropic.is_one()) return of_anthropic.completion();
  return of_openai.is_one() ? of_openai.completion() : json(json::value_t::discarded);
}

bool is_stream(std::string_view raw) {
  static constexpr std::array<std::string_view, 4> kFields{"data:", "event:", "id:", ":"};
  const std::size_t start = raw.find_first_not_of(" \r\n\t");
  if (start == std::string_view::npos) return false;
  return std::ranges::any_of(kFields,
                             [&](std::string_view field) { return raw.substr(start).starts_with(field); });
}

}  // namespace

json read_completion(std::string_view raw) {
  if (is_stream(raw)) return read_stream(raw);
  json answer = parse_answer(raw);
  if (answer.is_object() && text_member(answer, "type") == "message" && answer.contains("content"))
    return completion_of_message(answer);
  return answer;
}

json choice_of(const json& completion, const char* list, int index) {
  if (!completion.is_object() || !completion.contains(list)) return {};
  const json& choices = completion[list];
  if (!choices.is_array()) return {};
  for (std::size_t i = 0; i < choices.size(); ++i)
    if (choices[i].is_object() && choices[i].value("index", json(i)) == index) return choices[i];
  return {};
}

}  // namespace funcorr
