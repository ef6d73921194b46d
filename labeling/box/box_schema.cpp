#include "labeling/box/format.h"

namespace funcorr {
namespace {

using nlohmann::json;

json object(const json& properties) {
  json names = json::array();
  for (const auto& [name, type] : properties.items()) names.push_back(name);
  return {
      {"type", "object"}, {"properties", properties}, {"required", names}, {"additionalProperties", false}};
}

json list_of(const json& items) { return {{"type", "array"}, {"items", items}}; }

}  // namespace

// No bounds of numbers and of lengths: providers differ in which of them they take.
json box_schema(const BoxFormat& format) {
  if (format.json_key.empty()) return {};
  const json number = {{"type", "number"}};
  if (format.json_key == kMoondreamKeys[0]) {
    json sides;
    for (const std::string_view key : kMoondreamKeys) sides[std::string(key)] = number;
    return object({{"objects", list_of(object(sides))}});
  }
  return object({{"boxes", list_of(object({{std::string(format.json_key), list_of(number)},
                                           {"label", {{"type", "string"}}}}))}});
}

}  // namespace funcorr
