#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/format/error.h"

namespace funcorr {

// What is wrong with a prompt file: names the file, the line and what would be right.
struct PromptError : UsageError {
  using UsageError::UsageError;
};

// A question to a model, as a file that people edit. Blocks begin with a line "--- system", "--- user",
// "--- assistant" (examples come as pairs of user and assistant) or "--- schema" (a JSON schema of the
// answer); what stands before the first block are notes for people. {{name}} is filled in.
struct Prompt {
  struct Message {
    std::string role, text;
  };
  std::string name;               // the file's stem: "ground"
  std::vector<Message> messages;  // the last one is the user's: the question
  nlohmann::json schema;          // null where answers are free text
  // Everything above but the name and the notes: what a fingerprint of whatever depends on the prompt hashes.
  std::string content() const;
};

// Throws PromptError: an unknown block, no question at the end, a schema that is no JSON.
Prompt parse_prompt(std::string_view text, const std::string& name);
Prompt read_prompt(const std::filesystem::path& file);
// A person's own prompt, where `own` is not empty; else the one that comes with funcorr.
Prompt read_prompt(const std::filesystem::path& own, const std::filesystem::path& shipped);

// Every {{name}} of a text, as often as it stands there.
std::vector<std::string> names_in(std::string_view text);

// The messages with every {{name}} replaced. Throws PromptError for a name without a value.
std::vector<Prompt::Message> fill(const Prompt& prompt, const std::map<std::string, std::string>& values);

// The reverse, of the question alone: the values with which it was filled in; nothing where `question` was
// not made from this prompt. Exact where no value holds the text that follows it in the prompt.
std::optional<std::map<std::string, std::string>> values_of(const Prompt& prompt, std::string_view question);

}  // namespace funcorr
