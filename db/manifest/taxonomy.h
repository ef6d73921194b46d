#pragma once

#include <string>
#include <vector>

#include "db/manifest/manifest.h"

namespace funcorr {

struct Part {
  std::string category;
  std::string name;                    // lower case, unique within the category
  std::string description;             // one line, without the name
  bool is_small = false;               // needs the zoomed second pass
  bool is_edge = false;                // heat is multiplied by the edge probability
  std::vector<std::string> functions;  // what it performs, sorted
};

void upsert_function(Manifest& manifest, const std::string& name, const std::string& description);
// Replaces the category's functions, parts and links by these.
void replace_category(Manifest& manifest, const std::string& category,
                      const std::vector<std::string>& functions, const std::vector<Part>& parts);
std::vector<std::string> all_functions(Manifest& manifest);
std::vector<std::string> all_categories(Manifest& manifest);
std::vector<Part> parts_of_category(Manifest& manifest, const std::string& category);  // in name order
std::vector<std::string> functions_of_category(Manifest& manifest, const std::string& category);

}  // namespace funcorr
