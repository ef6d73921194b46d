#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace funcorr {

// Where a value breaks a JSON schema, "boxes[1].label: a string is wanted"; empty: nowhere. Knows the
// keywords of structured output: type, enum, const, properties, required, additionalProperties, items,
// minItems, maxItems, minimum, maximum, minLength, maxLength, anyOf. Others are not looked at.
std::string schema_violation(const nlohmann::json& schema, const nlohmann::json& value);

// The same for a text that should hold a JSON value; a code fence around it is accepted.
std::string schema_violation_of_text(const nlohmann::json& schema, const std::string& text);

}  // namespace funcorr
