#pragma once

#include <string>
#include <vector>

#include "db/dataset/record/part.h"
#include "db/manifest/manifest.h"

namespace funcorr {

// Tables function, category, part and their links: which categories perform which functions, and by which of
// their parts.

void upsert_function(Manifest& manifest, const std::string& name, const std::string& description);
// Replaces the category's functions, parts and links by these.
void replace_category(Manifest& manifest, const std::string& category,
                      const std::vector<std::string>& functions, const std::vector<Part>& parts);
std::vector<std::string> all_functions(Manifest& manifest);                            // in name order
std::vector<std::string> all_categories(Manifest& manifest);                           // in name order
std::vector<Part> parts_of_category(Manifest& manifest, const std::string& category);  // in name order
std::vector<std::string> functions_of_category(Manifest& manifest,
                                               const std::string& category);  // in name order

}  // namespace funcorr
