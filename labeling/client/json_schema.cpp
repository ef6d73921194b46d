#include "labeling/client/json_schema.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

namespace funcorr {
namespace {

using nlohmann::json;

bool has_type(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  if (type == "number") return value.is_number();
  if (type == "integer")
    return value.is_number_integer() ||
           (value.is_number_float() && value.get<double>() == std::floor(value.get<double>()));
  return true;
}

bool has_any_type(const json& value, const json& types) {
  if (types.is_string()) return has_type(value, types.get<std::string>());
  return std::ranges::any_of(types,
                             [&](const json& type) { return has_type(value, type.get<std::string>()); });
}

std::string number_violation(const json& schema, double number) {
  if (schema.contains("minimum") && number < schema["minimum"].get<double>())
    return fmt::format("{} is below {}", number, schema["minimum"].dump());
  if (schema.contains("maximum") && number > schema["maximum"].get<double>())
    return fmt::format("{} is above {}", number, schema["maximum"].dump());
  return {};
}

// Of things that have a length: [min, max] by the keywords named.
std::string length_violation(const json& schema, std::size_t length, const char* least, const char* most) {
  if (schema.contains(least) && length < schema[least].get<std::size_t>())
    return fmt::format("{} of them, at least {} are wanted", length, schema[least].dump());
  if (schema.contains(most) && length > schema[most].get<std::size_t>())
    return fmt::format("{} of them, at most {} are wanted", length, schema[most].dump());
  return {};
}

std::string own_violation(const json& schema, const json& value) {
  if (schema.contains("type") && !has_any_type(value, schema["type"]))
    return "a value of type " + schema["type"].dump() + " is wanted";
  if (schema.contains("const") && value != schema["const"]) return schema["const"].dump() + " is wanted";
  if (schema.contains("enum") && std::ranges::find(schema["enum"], value) == schema["enum"].end())
    return "one of " + schema["enum"].dump() + " is wanted";
  if (value.is_number()) return number_violation(schema, value.get<double>());
  if (value.is_string())
    return length_violation(schema, value.get_ref<const std::string&>().size(), "minLength", "maxLength");
  return {};
}

// Checks values against parts of one schema, which may refer to one another.
class Checker {
 public:
  explicit Checker(const json& root) : root_(root) {}

  std::string violation(const json& schema, const json& value, const std::string& path) const {
    if (!schema.is_object()) return {};
    if (schema.contains("$ref")) return violation(referred(schema["$ref"]), value, path);
    const std::string here = path.empty() ? "the answer" : path;
    if (const std::string found = own_violation(schema, value); !found.empty()) return here + ": " + found;
    for (const json& one : schema.value("allOf", json::array()))
      if (const std::string found = violation(one, value, path); !found.empty()) return found;
    for (const char* choice : {"anyOf", "oneOf"}) {
      if (!schema.contains(choice)) continue;
      const auto fitting = std::ranges::count_if(
          schema[choice], [&](const json& one) { return violation(one, value, path).empty(); });
      if (fitting == 0) return here + ": fits none of the schemas it may have";
      if (fitting > 1 && choice == std::string_view("oneOf"))
        return here + ": fits several schemas of which one is wanted";
    }
    if (value.is_object()) return object_violation(schema, value, path);
    if (value.is_array()) return array_violation(schema, value, path);
    return {};
  }

 private:
  std::string object_violation(const json& schema, const json& value, const std::string& path) const {
    const std::string dot = path.empty() ? "" : path + ".";
    if (schema.contains("required"))
      for (const json& name : schema["required"])
        if (!value.contains(name.get<std::string>())) return dot + name.get<std::string>() + ": is missing";
    const json properties = schema.value("properties", json::object());
    for (const auto& [name, item] : value.items()) {
      std::string found;
      if (properties.contains(name)) {
        found = violation(properties[name], item, dot + name);
      } else if (const json others = schema.value("additionalProperties", json(true)); others.is_object()) {
        found = violation(others, item, dot + name);
      } else if (others == false) {
        found = dot + name + ": is not wanted";
      }
      if (!found.empty()) return found;
    }
    return {};
  }

  std::string array_violation(const json& schema, const json& value, const std::string& path) const {
    if (const std::string found = length_violation(schema, value.size(), "minItems", "maxItems");
        !found.empty())
      return path + ": " + found;
    if (!schema.contains("items")) return {};
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string found = violation(schema["items"], value[i], fmt::format("{}[{}]", path, i));
      if (!found.empty()) return found;
    }
    return {};
  }

  // "#/$defs/name" of the whole schema; anything else allows everything.
  json referred(const json& reference) const {
    const auto text = reference.is_string() ? reference.get<std::string>() : std::string();
    if (!text.starts_with("#/")) return json::object();
    const json::json_pointer place(text.substr(1));
    return root_.contains(place) ? root_.at(place) : json::object();
  }

  const json& root_;
};

std::string without_fence(const std::string& text) {
  const std::size_t open = text.find("```");
  if (open == std::string::npos) return text;
  const std::size_t line = text.find('\n', open);
  const std::size_t close = text.rfind("```");
  if (line == std::string::npos || close <= line) return text;
  return text.substr(line + 1, close - line - 1);
}

}  // namespace

std::string schema_violation(const json& schema, const json& value) {
  return Checker(schema).violation(schema, value, "");
}

std::string schema_violation_of_text(const json& schema, const std::string& text) {
  const json value = json::parse(without_fence(text), nullptr, false);
  return value.is_discarded() ? "the answer: is no JSON" : schema_violation(schema, value);
}

}  // namespace funcorr
