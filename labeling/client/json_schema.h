#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace funcorr {

// Checks by valijson: JSON schema of draft 7, references within the schema only. Not looked at, for an answer
// could make them slow or exhaust the stack: pattern, patternProperties, format, uniqueItems.

// Throws std::invalid_argument that tells what is wrong with a schema.
void check_schema(const nlohmann::json& schema);

// Where a value breaks a schema, "boxes[1].label: failed to match against any enum values"; empty: nowhere.
// Lengths of texts are counted in code points; 2.0 is an integer. Throws as check_schema does.
std::string schema_violation(const nlohmann::json& schema, const nlohmann::json& value);

// The same for a text that should hold a JSON value; a code fence around it is accepted.
std::string schema_violation_of_text(const nlohmann::json& schema, const std::string& text);

}  // namespace funcorr
