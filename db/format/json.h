#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace funcorr {

// A file of JSON. Throws std::runtime_error that names the file: it cannot be read, is larger than
// `max_bytes`, or is no JSON, and where it ceases to be.
nlohmann::json read_json(const std::filesystem::path& file, std::int64_t max_bytes = std::int64_t{1} << 30);

// What a server or a model sent, as JSON: a discarded value where it is none, or is_nested_too_deep().
nlohmann::json parse_reply_json(std::string_view text);
// Brackets deeper than 256: to copy or to write such a value would take more stack than there is. The text
// may end within it.
bool is_nested_too_deep(std::string_view text);

// The text of a value, on one line where `indent` is negative. Bytes that are no UTF-8, which names in files
// of others may hold, are replaced by U+FFFD.
std::string json_text(const nlohmann::json& value, int indent = -1);

// An object's member where it is a string, else empty.
std::string text_member(const nlohmann::json& object, const char* name);
// An object's member where it is a number, as one that counts: whole, and within 0 … 2⁵³.
std::optional<std::int64_t> count_member(const nlohmann::json& object, const char* name);

// Writes (over) a file: that text and a line's end. Throws std::runtime_error naming it.
void save_json(const std::filesystem::path& file, const nlohmann::json& value, int indent = 1);
// The same as an artifact: whole or not at all. Throws EnvironmentError.
void write_json_artifact(const std::filesystem::path& file, const nlohmann::json& value, int indent = 1);

}  // namespace funcorr
