#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "db/format/named_enum.h"
#include "labeling/taxonomy/review_table.h"
#include "labeling/taxonomy/taxonomy.h"

namespace funcorr {

// For which categories of a taxonomy a language model is asked for parts.
enum class AskForParts {
  kNever,
  kMissing,  // those without parts
  kAll,
};
constexpr auto names_of(AskForParts) {
  return std::to_array<EnumName<AskForParts>>(
      {{AskForParts::kNever, "never"}, {AskForParts::kMissing, "missing"}, {AskForParts::kAll, "all"}});
}

// What is known of the parts of categories before anyone is asked.
struct KnownParts {
  Taxonomy taxonomy;
  std::map<std::string, std::vector<PartRow>> reviewed{};  // by category: stands in for the taxonomy's parts
  std::map<std::string, std::set<std::string>> named{};    // by category: names in assets' files

  bool has(const std::string& category) const;
  // A category of the taxonomy whose parts nobody reviewed.
  bool is_asked(const std::string& category, AskForParts ask) const;
  // The category as in the taxonomy, or as reviewed, with the parts that files name; those have no functions.
  TaxonomyCategory entry(const std::string& category) const;
  // The same for a category that is asked about: of its parts, only what files alone name.
  TaxonomyCategory entry_without_parts(const std::string& category) const;
  // What the category's parts are made from, for its fingerprint; `prompts` where it is asked about.
  std::string sources(const std::string& category, AskForParts ask, const std::string& prompts) const;
};
// `reviewed`: the table that a person handed back; empty where there is none.
KnownParts known_parts(Taxonomy taxonomy, const std::filesystem::path& reviewed);

}  // namespace funcorr
