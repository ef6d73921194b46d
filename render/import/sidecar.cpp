#include "render/import/sidecar.h"

#include <stdexcept>

#include <nlohmann/json.hpp>

namespace funcorr {
namespace {

using nlohmann::json;

[[noreturn]] void fail(const std::string& field, const std::string& right) {
  throw std::runtime_error("sidecar: '" + field + "' should be " + right);
}

std::string text_of(const json& object, const std::string& field) {
  if (!object.contains(field)) return {};
  if (!object[field].is_string()) fail(field, "a string");
  return object[field].get<std::string>();
}

std::vector<std::string> names_of(const json& value, const std::string& field) {
  if (!value.is_array()) fail(field, "a list of names");
  std::vector<std::string> names;
  for (const json& name : value) {
    if (!name.is_string() || name.get_ref<const std::string&>().empty()) fail(field, "a list of names");
    names.push_back(name.get<std::string>());
  }
  return names;
}

const json& object_of(const json& root, const std::string& field) {
  static const json none = json::object();
  if (!root.contains(field)) return none;
  if (!root[field].is_object()) fail(field, "an object");
  return root[field];
}

Transform matrix_of(const json& value, const std::string& field) {
  const std::string right = "16 numbers, row by row, the last row 0 0 0 1";
  if (!value.is_array() || value.size() != 16) fail(field, right);
  std::array<double, 16> matrix{};
  for (std::size_t i = 0; i < 16; ++i) {
    if (!value[i].is_number()) fail(field, right);
    matrix[i] = value[i].get<double>();
  }
  try {
    return Transform::from_matrix(matrix);
  } catch (const std::invalid_argument&) {
    fail(field, right);
  }
}

std::vector<std::pair<int, std::int64_t>> runs_of(const json& value, std::size_t parts) {
  const std::string right = "a list of [part index, triangle count]";
  if (!value.is_array()) fail("part_of_face", right);
  std::vector<std::pair<int, std::int64_t>> runs;
  for (const json& run : value) {
    if (!run.is_array() || run.size() != 2 || !run[0].is_number_integer() || !run[1].is_number_integer())
      fail("part_of_face", right);
    const auto part = run[0].get<std::int64_t>(), count = run[1].get<std::int64_t>();
    if (part < -1 || part >= static_cast<std::int64_t>(parts) || count < 0 || count > (std::int64_t{1} << 32))
      fail("part_of_face", right + " with an index into 'parts'");
    runs.emplace_back(static_cast<int>(part), count);
  }
  return runs;
}

}  // namespace

Sidecar parse_sidecar(std::string_view text) {
  json root;
  try {
    root = json::parse(text);
  } catch (const json::parse_error& error) {
    throw std::runtime_error(std::string("sidecar: not JSON: ") + error.what());
  }
  if (!root.is_object() || text_of(root, "format") != "funcorr-sidecar-1")
    fail("format", "\"funcorr-sidecar-1\"");
  Sidecar sidecar;
  sidecar.category = text_of(root, "category");
  sidecar.caption = text_of(root, "caption");
  sidecar.up = text_of(root, "up");
  if (!sidecar.up.empty() && sidecar.up != "y" && sidecar.up != "z") fail("up", "\"y\" or \"z\"");
  if (root.contains("parts")) sidecar.parts = names_of(root["parts"], "parts");
  if (sidecar.parts.size() > 32'000) fail("parts", "a list of at most 32,000 names");
  if (root.contains("part_of_face"))
    sidecar.part_of_face = runs_of(root["part_of_face"], sidecar.parts.size());
  for (const auto& [name, parts] : object_of(root, "part_aliases").items())
    sidecar.part_aliases[name] = names_of(parts, "part_aliases");
  for (const auto& [name, function] : object_of(root, "functions").items()) {
    if (!function.is_object() || !function.contains("asset_from_function"))
      fail("functions", "objects with parts and asset_from_function");
    Sidecar::Function& target = sidecar.functions[name];
    if (function.contains("parts")) target.parts = names_of(function["parts"], "functions");
    target.asset_from_function = matrix_of(function["asset_from_function"], "asset_from_function");
  }
  return sidecar;
}

}  // namespace funcorr
