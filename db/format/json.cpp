#include "db/format/json.h"

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

}  // namespace funcorr
