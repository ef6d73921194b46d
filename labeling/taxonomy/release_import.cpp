#include <algorithm>
#include <cctype>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "db/format/json.h"
#include "db/format/text.h"
#include "labeling/taxonomy/taxonomy.h"

namespace funcorr {
namespace {

using nlohmann::json;

std::string spaced(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

std::string part_name(std::string name) { return lower_case(spaced(std::move(name))); }

// "- Rim - The upper border" → {"rim", "The upper border"}.
struct Bullet {
  std::string name, description;
};
Bullet parse_bullet(const std::string& line) {
  const auto trimmed = [](const std::string& text) {
    const auto begin = text.find_first_not_of(" -*\t\r\n"), end = text.find_last_not_of(" \t\r\n");
    return begin == std::string::npos ? std::string() : text.substr(begin, end - begin + 1);
  };
  const std::string content = trimmed(line);
  const auto dash = content.find(" - ");
  if (dash == std::string::npos) return {{}, content};
  return {part_name(content.substr(0, dash)), trimmed(content.substr(dash + 3))};
}

json read_release_file(const std::filesystem::path& file) {
  try {
    return read_json(file);
  } catch (const std::runtime_error& error) {
    throw TaxonomyError(std::string("importing the release's taxonomy: ") + error.what());
  }
}

std::filesystem::path action_file(const std::filesystem::path& folder) {
  for (const char* name : {"objaverse_action2objects.json", "HANDAL_action2objects.json"})
    if (std::filesystem::exists(folder / name)) return folder / name;
  throw TaxonomyError("importing the release's taxonomy: " + folder.string() +
                      " holds neither objaverse_action2objects.json nor HANDAL_action2objects.json");
}

class ReleaseImporter {
 public:
  explicit ReleaseImporter(std::filesystem::path folder) : folder_(std::move(folder)) {}

  ImportedTaxonomy import() {
    read_parts();
    read_category_functions();
    if (std::filesystem::exists(folder_ / "obj2part2function.json"))
      read_links();
    else
      read_links_from_bullets();
    read_flags("crop_requirement.json", &TaxonomyPart::is_small);
    read_flags("edge_requirement.json", &TaxonomyPart::is_edge);
    sort_links();
    return std::move(result_);
  }

 private:
  using Strings = std::map<std::string, std::vector<std::string>>;

  // The release's JSON types are taken as given; where they are not, nlohmann's exception names the type.
  template <typename Value>
  Value read_as(const std::string& name) {
    const std::filesystem::path file = folder_ / name;
    try {
      return read_release_file(file).get<Value>();
    } catch (const json::exception& error) {
      throw TaxonomyError("importing the release's taxonomy: " + file.string() +
                          " has not the release's layout: " + error.what());
    }
  }

  void warn(const std::string& file, const std::string& what) {
    result_.warnings.push_back(file + ": " + what);
  }

  void read_parts() {
    using Descriptions = std::map<std::string, std::map<std::string, std::string>>;
    for (const auto& [category, parts] : read_as<Descriptions>("obj2part_descriptions.json")) {
      TaxonomyCategory& target = result_.taxonomy.categories[spaced(category)];
      for (const auto& [name, line] : parts)
        target.parts[part_name(name)].description = parse_bullet(line).description;
    }
  }

  void read_category_functions() {
    const std::filesystem::path file = action_file(folder_);
    for (const auto& [function, objects] : read_as<Strings>(file.filename().string())) {
      result_.taxonomy.functions[function];
      for (const std::string& object : objects) {
        const auto found = result_.taxonomy.categories.find(spaced(object));
        if (found == result_.taxonomy.categories.end())
          warn(file.filename().string(),
               fmt::format("{}: \"{}\" has no parts and is left out", function, object));
        else
          found->second.functions.push_back(function);
      }
    }
  }

  TaxonomyPart* find_part(const std::string& category, const std::string& part) {
    const auto found = result_.taxonomy.categories.find(spaced(category));
    if (found == result_.taxonomy.categories.end()) return nullptr;
    const auto in_category = found->second.parts.find(part_name(part));
    return in_category == found->second.parts.end() ? nullptr : &in_category->second;
  }

  void link(const std::string& file, const std::string& category, const std::string& part,
            const std::string& function) {
    TaxonomyPart* target = find_part(category, part);
    const auto& known = result_.taxonomy.categories[spaced(category)].functions;
    if (target == nullptr)
      warn(file, fmt::format("{}.{} has no description and is left out", category, part));
    else if (std::find(known.begin(), known.end(), function) == known.end())
      warn(file, category + "." + part + " performs " + function + ", which its category does not");
    else
      target->functions.push_back(function);
  }

  void read_links() {
    const std::string file = "obj2part2function.json";
    for (const auto& [category, parts] : read_as<std::map<std::string, Strings>>(file))
      for (const auto& [part, functions] : parts)
        for (const std::string& function : functions) link(file, category, part, function);
  }

  void read_links_from_bullets() {
    const std::string file = "obj2obj_fewshot_manually_processed.json";
    for (const auto& [category, functions] : read_as<std::map<std::string, Strings>>(file))
      for (const auto& [function, lines] : functions)
        for (const std::string& line : lines) link(file, category, parse_bullet(line).name, function);
  }

  void read_flags(const std::string& file, bool TaxonomyPart::*flag) {
    if (!std::filesystem::exists(folder_ / file)) return;
    using Flags = std::map<std::string, std::map<std::string, bool>>;
    for (const auto& [category, parts] : read_as<Flags>(file))
      for (const auto& [part, value] : parts) {
        TaxonomyPart* target = find_part(category, part);
        if (target == nullptr)
          warn(file, category + "." + part + " has no description and is left out");
        else
          target->*flag = value;
      }
  }

  void sort_links() {
    const auto sort_unique = [](std::vector<std::string>& names) {
      std::sort(names.begin(), names.end());
      names.erase(std::unique(names.begin(), names.end()), names.end());
    };
    for (auto& [name, category] : result_.taxonomy.categories) {
      sort_unique(category.functions);
      for (auto& [part_of_category, part] : category.parts) sort_unique(part.functions);
    }
  }

  std::filesystem::path folder_;
  ImportedTaxonomy result_;
};

}  // namespace

ImportedTaxonomy import_release_taxonomy(const std::filesystem::path& folder) {
  return ReleaseImporter(folder).import();
}

}  // namespace funcorr
