#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/dataset/record/part.h"
#include "db/dataset/workspace.h"
#include "db/format/error.h"

namespace funcorr {

// What is wrong with a taxonomy file: names the file, the key and what would be right.
struct TaxonomyError : UsageError {
  using UsageError::UsageError;
};

// A part that performs functions (not the part that is held), of one category.
struct TaxonomyPart {
  std::string description;             // one line, without the name: where it is and what it looks like
  std::vector<std::string> functions;  // what it performs; sorted, may be empty
  bool is_small = false;               // needs the zoomed second pass of grounding
  bool is_edge = false;                // its heat is multiplied by the edge probability
};

struct TaxonomyCategory {
  std::vector<std::string> functions;         // what objects of the category can do; sorted
  std::map<std::string, TaxonomyPart> parts;  // by name: lower case
};

// Functions, categories, functional parts and the links between them. A value; no invariants beyond those
// parse_taxonomy checks.
struct Taxonomy {
  std::map<std::string, std::string> functions;  // name ("pour-with") → one-line description
  std::map<std::string, TaxonomyCategory> categories;
};

// The parts of a category as rows, in name order.
std::vector<Part> parts_of(const std::string& category, const TaxonomyCategory& entry);

// The format of taxonomy.json beside this file:
//   {"functions": [{"name", "description"}], "categories": {"mug": {"functions": ["pour-with"], "parts":
//    {"rim": {"description", "functions", "small", "edge"}}}}}
// Checked: types; no unknown keys; every link leads to a declared function, a part's functions are among its
// category's; part names in lower case. Throws TaxonomyError; `source` names the file in it.
Taxonomy parse_taxonomy(std::string_view json, const std::string& source);
Taxonomy read_taxonomy(const std::filesystem::path& file);

// Of a workspace: where funcorr-taxonomy leaves its taxonomy.
std::filesystem::path taxonomy_file(const Workspace& workspace);
// The taxonomy to use: a person's own file, where `own` is not empty; else the workspace's, where it is
// there; else the one that comes with funcorr.
Taxonomy find_taxonomy(const std::filesystem::path& own, const Workspace& workspace,
                       const std::filesystem::path& shipped);

// One category's entry as in the file: what the fingerprint of everything made from it hashes.
nlohmann::json to_json(const TaxonomyCategory& category);
nlohmann::json to_json(const Taxonomy& taxonomy);

// The taxonomy of the paper's release, from the JSON files of one of its folders ("Objaverse", "HANDAL"):
// categories and their functions from *_action2objects.json, parts and descriptions from
// obj2part_descriptions.json, links from obj2part2function.json (HANDAL has none: from the bullet lists of
// obj2obj_fewshot_manually_processed.json), flags from crop_requirement.json and edge_requirement.json where
// they are (HANDAL: none set). Underscores in names become spaces. Entries that lead nowhere are left out and
// named in `warnings`, one line each. Throws TaxonomyError when a file is missing or no JSON.
struct ImportedTaxonomy {
  Taxonomy taxonomy;
  std::vector<std::string> warnings;
};
ImportedTaxonomy import_release_taxonomy(const std::filesystem::path& folder);

}  // namespace funcorr
