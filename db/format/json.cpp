#include "db/format/json.h"

#include <algorithm>
#include <span>
#include <stdexcept>

#include "db/format/artifact.h"
#include "db/format/file.h"

namespace funcorr {

nlohmann::json read_json(const std::filesystem::path& file, std::int64_t max_bytes) {
  const std::string text = read_text_file(file, max_bytes);
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(file.string() + " is not JSON: " + error.what());
  }
}

bool is_nested_too_deep(std::string_view text) {
  constexpr int kMostDepth = 256;
  int depth = 0, most = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\') ++i;
    if (in_string) continue;
    if (c == '{' || c == '[') most = std::max(most, ++depth);
    if (c == '}' || c == ']') --depth;
  }
  return most > kMostDepth;
}

nlohmann::json parse_reply_json(std::string_view text) {
  if (is_nested_too_deep(text)) return nlohmann::json::value_t::discarded;
  return nlohmann::json::parse(text, nullptr, false);
}

std::string json_text(const nlohmann::json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

void save_json(const std::filesystem::path& file, const nlohmann::json& value, int indent) {
  const std::string text = json_text(value, indent) + "\n";
  write_file_bytes(file, std::as_bytes(std::span(text)));
}

void write_json_artifact(const std::filesystem::path& file, const nlohmann::json& value, int indent) {
  write_artifact(file, json_text(value, indent) + "\n");
}

std::string text_member(const nlohmann::json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<std::int64_t> count_member(const nlohmann::json& object, const char* name) {
  constexpr double kMost = 9007199254740992;  // beyond it doubles pass over integers
  if (!object.is_object()) return std::nullopt;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return static_cast<std::int64_t>(std::clamp(found->get<double>(), 0.0, kMost));
}

}  // namespace funcorr
