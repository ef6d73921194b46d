#include "db/dataset/geometry.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <span>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "db/format/file.h"

namespace funcorr {
namespace {

using nlohmann::json;

Transform transform_of(const json& matrix) {
  return Transform::from_matrix(matrix.get<std::array<double, 16>>());
}

Geometry geometry_of(const json& document) {
  Geometry geometry;
  geometry.normalized_from_asset = transform_of(document.at("normalized_from_asset"));
  document.at("triangles").get_to(geometry.triangles);
  document.at("parts").get_to(geometry.parts);
  document.at("part_aliases").get_to(geometry.part_aliases);
  document.at("warnings").get_to(geometry.warnings);
  for (const auto& [name, function] : document.at("functions").items())
    geometry.functions[name] = {function.at("parts").get<std::vector<std::string>>(),
                                transform_of(function.at("normalized_from_function"))};
  return geometry;
}

}  // namespace

std::set<std::int16_t> Geometry::part_ids(const std::string& name) const {
  const auto alias = part_aliases.find(name);
  std::set<std::int16_t> ids;
  for (const std::string& part : alias != part_aliases.end() ? alias->second : std::vector{name})
    if (const auto found = std::find(parts.begin(), parts.end(), part); found != parts.end())
      ids.insert(static_cast<std::int16_t>(found - parts.begin()));
  return ids;
}

std::filesystem::path geometry_path(const std::filesystem::path& asset_folder) {
  return asset_folder / "geometry.json";
}

void save_geometry(const std::filesystem::path& file, const Geometry& geometry) {
  json functions = json::object();
  for (const auto& [name, function] : geometry.functions)
    functions[name] = {{"parts", function.parts},
                       {"normalized_from_function", function.normalized_from_function.matrix()}};
  const json document{{"normalized_from_asset", geometry.normalized_from_asset.matrix()},
                      {"triangles", geometry.triangles},
                      {"parts", geometry.parts},
                      {"part_aliases", geometry.part_aliases},
                      {"warnings", geometry.warnings},
                      {"functions", functions}};
  const std::string text = document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
  write_file_bytes(file, std::as_bytes(std::span(text)));
}

Geometry load_geometry(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + file.string() + "; it is made by funcorr-filter");
  try {
    return geometry_of(json::parse(stream));
  } catch (const std::exception& error) {
    throw std::runtime_error(file.string() + " is no geometry of an asset: " + error.what());
  }
}

}  // namespace funcorr
