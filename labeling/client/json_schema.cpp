#include "labeling/client/json_schema.h"

#include <cctype>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace funcorr {
namespace {

using nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

constexpr int kDeepest = 100;                // levels of an answer: checks recurse
constexpr std::size_t kMostToTell = 10'000;  // values of an answer whose faults are listed: that takes memory

// How many values there are in it, itself too; nothing where they are nested deeper than `levels`.
std::optional<std::size_t> count_values(const json& value, int levels = kDeepest) {
  std::size_t count = 1;
  if (!value.is_structured()) return count;
  for (const json& item : value) {
    const auto inner = levels > 0 ? count_values(item, levels - 1) : std::nullopt;
    if (!inner) return std::nullopt;
    count += *inner;
  }
  return count;
}

// Numbers as valijson compares them: whole ones as integers, those beyond its integers as floating point.
void tidy_numbers(json& value) {
  if (value.is_structured()) {
    for (json& item : value) tidy_numbers(item);
  } else if (value.is_number_float()) {
    const double number = value.get<double>();
    if (number == std::floor(number) && std::abs(number) < 0x1p53) value = static_cast<std::int64_t>(number);
  } else if (value.is_number_unsigned() &&
             value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
    value = value.get<double>();
  }
}

// Takes out what is not looked at. libstdc++'s regular expressions recurse for every letter of a text, and
// uniqueItems compares every item with every other.
void take_out_unchecked(json& schema) {
  if (!schema.is_object()) return;
  if (schema.contains("patternProperties")) schema.erase("additionalProperties");
  for (const char* unchecked : {"pattern", "patternProperties", "format", "uniqueItems"})
    schema.erase(unchecked);
  for (const auto& [keyword, inner] : schema.items()) {
    const bool is_schema = keyword == "items" || keyword == "additionalProperties" || keyword == "not" ||
                           keyword == "contains" || keyword == "propertyNames" ||
                           keyword == "additionalItems" || keyword == "if" || keyword == "then" ||
                           keyword == "else";
    const bool holds_schemas = keyword == "properties" || keyword == "$defs" || keyword == "definitions" ||
                               keyword == "dependencies" || keyword == "allOf" || keyword == "anyOf" ||
                               keyword == "oneOf" || (keyword == "items" && inner.is_array());
    if (is_schema) take_out_unchecked(inner);
    if (holds_schemas)
      for (json& one : inner) take_out_unchecked(one);
  }
}

void parse_schema(const json& schema, valijson::Schema& parsed) {
  if (!schema.is_object() && !schema.is_boolean())
    throw std::invalid_argument("a JSON schema must be an object or a truth value");
  if (!count_values(schema)) throw std::invalid_argument("a JSON schema is nested too deeply");
  json checked = schema;
  take_out_unchecked(checked);
  tidy_numbers(checked);
  try {
    valijson::SchemaParser().populateSchema(Adapter(checked), parsed);
  } catch (const std::exception& error) {
    throw std::invalid_argument(std::string("JSON schema: ") + error.what());
  }
}

// {"<root>", "[boxes]", "[1]", "[label]"} → "boxes[1].label".
std::string place_of(const std::vector<std::string>& context) {
  std::string place;
  for (std::size_t i = 1; i < context.size(); ++i) {
    const std::string name = context[i].substr(1, context[i].size() - 2);
    const bool is_index = name.find_first_not_of("0123456789") == std::string::npos;
    place += is_index ? context[i] : (place.empty() ? "" : ".") + name;
  }
  return place;
}

// The name in quotes at the end of a description that begins so.
std::optional<std::string> named_by(std::string_view description, std::string_view begin) {
  if (!description.starts_with(begin)) return std::nullopt;
  const std::size_t end = description.rfind('\''), start = description.rfind('\'', end - 1);
  if (end == std::string_view::npos || start == std::string_view::npos || start >= end) return std::nullopt;
  return std::string(description.substr(start + 1, end - start - 1));
}

std::string told(const valijson::ValidationResults::Error& error) {
  std::string place = place_of(error.context);
  const std::string dot = place.empty() ? "" : place + ".";
  if (const auto name = named_by(error.description, "Missing required property"))
    return dot + *name + ": is missing";
  if (const auto name = named_by(error.description, "Object contains a property"))
    return dot + *name + ": is not wanted";
  std::string what = error.description;
  if (what.ends_with('.')) what.pop_back();
  if (!what.empty()) what[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(what[0])));
  return (place.empty() ? "the answer" : place) + ": " + what;
}

std::string without_fence(const std::string& text) {
  const std::size_t open = text.find("```");
  if (open == std::string::npos) return text;
  const std::size_t line = text.find('\n', open);
  const std::size_t close = text.rfind("```");
  if (line == std::string::npos || close <= line) return text;
  return text.substr(line + 1, close - line - 1);
}

}  // namespace

void check_schema(const json& schema) {
  valijson::Schema parsed;
  parse_schema(schema, parsed);
}

std::string schema_violation(const json& schema, const json& value) {
  valijson::Schema parsed;
  parse_schema(schema, parsed);
  const auto values = count_values(value);
  if (!values) return fmt::format("the answer: is nested deeper than {} levels", kDeepest);
  json answer = value;
  tidy_numbers(answer);
  valijson::Validator validator;
  if (validator.validate(parsed, Adapter(answer), nullptr)) return {};
  valijson::ValidationResults results;
  if (*values <= kMostToTell) validator.validate(parsed, Adapter(answer), &results);
  return results.numErrors() == 0 ? "the answer: does not fit the schema" : told(*results.begin());
}

std::string schema_violation_of_text(const json& schema, const std::string& text) {
  const json value = json::parse(without_fence(text), nullptr, false);
  return value.is_discarded() ? "the answer: is no JSON" : schema_violation(schema, value);
}

}  // namespace funcorr
