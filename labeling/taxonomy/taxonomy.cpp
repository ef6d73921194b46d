#include "labeling/taxonomy/taxonomy.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>

#include "db/format/file.h"
#include "db/format/text.h"

namespace funcorr {
namespace {

using nlohmann::json;

[[noreturn]] void fail(const std::string& source, const std::string& key, const std::string& should) {
  throw TaxonomyError("reading taxonomy " + source + ": " + key + " " + should);
}

// A value with the way that leads to it, for messages.
struct Entry {
  const json& value;
  const std::string& source;
  std::string key;

  Entry child(const std::string& name) const {
    const std::string child_key = key.empty() ? name : key + "." + name;
    const auto found = value.find(name);
    if (found == value.end()) fail(source, child_key, "is missing");
    return {*found, source, child_key};
  }
  void require_object(std::initializer_list<std::string_view> known_keys = {}) const {
    if (!value.is_object()) fail(source, key.empty() ? "the file" : key, "must be an object");
    for (const auto& [name, unused] : value.items())
      if (known_keys.size() != 0 && std::find(known_keys.begin(), known_keys.end(), name) == known_keys.end())
        fail(source, key.empty() ? name : key + "." + name, "is not a known key");
  }
  std::string text() const {
    if (!value.is_string()) fail(source, key, "must be a string");
    auto result = value.get<std::string>();
    if (result.find_first_of("\r\n") != std::string::npos) fail(source, key, "must be one line");
    return result;
  }
  bool flag() const {
    if (!value.is_boolean()) fail(source, key, "must be true or false");
    return value.get<bool>();
  }
  std::vector<std::string> sorted_names() const {
    if (!value.is_array()) fail(source, key, "must be a list of names");
    std::vector<std::string> names;
    for (const json& name : value) names.push_back(Entry{name, source, key}.text());
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end()) fail(source, key, "names \"" + *twice + "\" twice");
    return names;
  }
};

std::map<std::string, std::string> parse_functions(const Entry& list) {
  if (!list.value.is_array()) fail(list.source, list.key, "must be a list of {name, description}");
  std::map<std::string, std::string> functions;
  for (std::size_t i = 0; i < list.value.size(); ++i) {
    const Entry entry{list.value[i], list.source, list.key + "[" + std::to_string(i) + "]"};
    entry.require_object({"name", "description"});
    const std::string name = entry.child("name").text();
    if (name.empty()) fail(list.source, entry.key + ".name", "must not be empty");
    if (!functions.emplace(name, entry.child("description").text()).second)
      fail(list.source, entry.key + ".name", "names \"" + name + "\" a second time");
  }
  return functions;
}

TaxonomyPart parse_part(const Entry& entry, const std::vector<std::string>& of_category) {
  entry.require_object({"description", "functions", "small", "edge"});
  TaxonomyPart part{entry.child("description").text(), entry.child("functions").sorted_names(),
                    entry.child("small").flag(), entry.child("edge").flag()};
  for (const std::string& function : part.functions)
    if (!std::binary_search(of_category.begin(), of_category.end(), function))
      fail(entry.source, entry.key + ".functions",
           "names \"" + function + "\", which is not among its category's functions");
  return part;
}

TaxonomyCategory parse_category(const Entry& entry, const std::map<std::string, std::string>& functions) {
  entry.require_object({"functions", "parts"});
  TaxonomyCategory category{entry.child("functions").sorted_names(), {}};
  for (const std::string& function : category.functions)
    if (!functions.contains(function))
      fail(entry.source, entry.key + ".functions",
           "names \"" + function + "\", which is not in the list of functions");
  const Entry parts = entry.child("parts");
  parts.require_object();
  for (const auto& [name, value] : parts.value.items()) {
    const Entry part{value, entry.source, parts.key + "." + name};
    if (name.empty() || name != lower_case(name))
      fail(entry.source, part.key, "must be a name in lower case");
    category.parts.emplace(name, parse_part(part, category.functions));
  }
  return category;
}

}  // namespace

Taxonomy parse_taxonomy(std::string_view text, const std::string& source) {
  json document;
  try {
    document = json::parse(text);
  } catch (const json::exception& error) {
    fail(source, "the file", std::string("is not JSON: ") + error.what());
  }
  const Entry root{document, source, {}};
  root.require_object({"functions", "categories"});
  Taxonomy taxonomy{parse_functions(root.child("functions")), {}};
  const Entry categories = root.child("categories");
  categories.require_object();
  for (const auto& [name, value] : categories.value.items()) {
    if (name.empty()) fail(source, "categories", "must not have an empty name");
    taxonomy.categories.emplace(
        name, parse_category({value, source, categories.key + "." + name}, taxonomy.functions));
  }
  return taxonomy;
}

std::vector<Part> parts_of(const std::string& category, const TaxonomyCategory& entry) {
  std::vector<Part> parts;
  for (const auto& [name, part] : entry.parts)
    parts.push_back({category, name, part.description, part.is_small, part.is_edge, part.functions});
  return parts;
}

Taxonomy read_taxonomy(const std::filesystem::path& file) {
  std::string text;
  try {
    text = read_text_file(file);
  } catch (const std::runtime_error& error) {
    throw TaxonomyError(error.what());
  }
  return parse_taxonomy(text, file.string());
}

std::filesystem::path taxonomy_file(const Workspace& workspace) {
  return workspace.root / "taxonomy" / "taxonomy.json";
}

Taxonomy find_taxonomy(const std::filesystem::path& own, const Workspace& workspace,
                       const std::filesystem::path& shipped) {
  if (!own.empty()) return read_taxonomy(own);
  const std::filesystem::path file = taxonomy_file(workspace);
  return read_taxonomy(std::filesystem::exists(file) ? file : shipped);
}

json to_json(const TaxonomyCategory& category) {
  json parts = json::object();
  for (const auto& [name, part] : category.parts)
    parts[name] = {{"description", part.description},
                   {"functions", part.functions},
                   {"small", part.is_small},
                   {"edge", part.is_edge}};
  return {{"functions", category.functions}, {"parts", parts}};
}

json to_json(const Taxonomy& taxonomy) {
  json functions = json::array(), categories = json::object();
  for (const auto& [name, description] : taxonomy.functions)
    functions.push_back({{"name", name}, {"description", description}});
  for (const auto& [name, category] : taxonomy.categories) categories[name] = to_json(category);
  return {{"functions", functions}, {"categories", categories}};
}

}  // namespace funcorr
