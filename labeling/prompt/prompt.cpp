#include "labeling/prompt/prompt.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "db/format/file.h"
#include "db/format/text.h"
#include "labeling/client/json_schema.h"

namespace funcorr {
namespace {

constexpr std::string_view kMark = "--- ", kSchema = "schema";
constexpr std::array<std::string_view, 4> kBlocks = {"system", "user", "assistant", kSchema};

struct Block {
  std::string kind, text;
};

std::vector<Block> split_blocks(std::string_view text, const std::string& name) {
  std::vector<Block> blocks;
  int line_number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    const std::string_view line = text.substr(0, end + 1);
    text.remove_prefix(end + 1);
    ++line_number;
    if (line.starts_with(kMark)) {
      const std::string kind(trimmed(line.substr(kMark.size())));
      if (std::find(kBlocks.begin(), kBlocks.end(), kind) == kBlocks.end())
        throw PromptError(
            fmt::format("prompt {}, line {}: \"{}\" is no block; known: system, user, assistant, schema",
                        name, line_number, kind));
      blocks.push_back({kind, {}});
    } else if (!blocks.empty()) {
      blocks.back().text += line;
    }
  }
  return blocks;
}

std::string replace_names(std::string_view text, const std::map<std::string, std::string>& values,
                          const std::string& prompt) {
  std::string out;
  for (;;) {
    const std::size_t begin = text.find("{{"),
                      end = begin == std::string_view::npos ? std::string_view::npos : text.find("}}", begin);
    if (end == std::string_view::npos) return out.append(text);
    const std::string name(text.substr(begin + 2, end - begin - 2));
    const auto value = values.find(name);
    if (value == values.end())
      throw PromptError(fmt::format("prompt {}: nothing is known to fill in for {{{{{}}}}}", prompt, name));
    out.append(text.substr(0, begin)).append(value->second);
    text.remove_prefix(end + 2);
  }
}

}  // namespace

std::string Prompt::content() const {
  std::string content = schema.dump();
  for (const Message& message : messages) content += "\n" + message.role + "\n" + message.text;
  return content;
}

Prompt parse_prompt(std::string_view text, const std::string& name) {
  Prompt prompt;
  prompt.name = name;
  for (Block& block : split_blocks(text, name)) {
    if (block.kind != kSchema) {
      prompt.messages.push_back({block.kind, std::string(trimmed(block.text))});
      continue;
    }
    prompt.schema = nlohmann::json::parse(block.text, nullptr, false);
    if (!prompt.schema.is_object()) throw PromptError("prompt " + name + ": its schema is no JSON object");
    try {
      check_schema(prompt.schema);
    } catch (const std::invalid_argument& error) {
      throw PromptError("prompt " + name + ": " + error.what());
    }
  }
  if (prompt.messages.empty() || prompt.messages.back().role != "user")
    throw PromptError("prompt " + name + ": the last message must be the user's: the question");
  return prompt;
}

Prompt read_prompt(const std::filesystem::path& file) {
  std::string text;
  try {
    text = read_text_file(file);
  } catch (const std::runtime_error& error) {
    throw PromptError(std::string("prompt: ") + error.what());
  }
  return parse_prompt(text, file.stem().string());
}

Prompt read_prompt(const std::filesystem::path& own, const std::filesystem::path& shipped) {
  return read_prompt(own.empty() ? shipped : own);
}

std::vector<std::string> names_in(std::string_view text) {
  std::vector<std::string> names;
  for (;;) {
    const std::size_t begin = text.find("{{"),
                      end = begin == std::string_view::npos ? begin : text.find("}}", begin);
    if (end == std::string_view::npos) return names;
    names.emplace_back(text.substr(begin + 2, end - begin - 2));
    text.remove_prefix(end + 2);
  }
}

std::vector<Prompt::Message> fill(const Prompt& prompt, const std::map<std::string, std::string>& values) {
  std::vector<Prompt::Message> messages = prompt.messages;
  for (Prompt::Message& message : messages) message.text = replace_names(message.text, values, prompt.name);
  return messages;
}

std::optional<std::map<std::string, std::string>> values_of(const Prompt& prompt, std::string_view question) {
  std::map<std::string, std::string> values;
  std::string_view pattern = prompt.messages.back().text;
  for (;;) {
    const std::size_t open = pattern.find("{{"), close = pattern.find("}}", open);
    if (open == std::string_view::npos || close == std::string_view::npos)
      return question == pattern ? std::optional(values) : std::nullopt;
    if (question.substr(0, open) != pattern.substr(0, open)) return std::nullopt;
    const std::string name(pattern.substr(open + 2, close - open - 2));
    pattern.remove_prefix(close + 2);
    question.remove_prefix(open);
    const std::string_view after = pattern.substr(0, pattern.find("{{"));
    const bool is_last = after.size() == pattern.size();
    const std::size_t end = after.empty() ? question.size()
                            : is_last     ? question.rfind(after)
                                          : question.find(after);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string value(question.substr(0, end));
    if (const auto known = values.find(name); known != values.end() && known->second != value)
      return std::nullopt;
    values[name] = value;
    question.remove_prefix(end);
  }
}

}  // namespace funcorr
