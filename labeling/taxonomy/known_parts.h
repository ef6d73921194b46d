#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "db/dataset/workspace.h"
#include "db/format/named_enum.h"
#include "db/format/options.h"
#include "labeling/taxonomy/review_table.h"
#include "labeling/taxonomy/taxonomy.h"
#include "labeling/taxonomy/taxonomy_source.h"

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

// Where that is read from.
struct KnownPartsOptions {
  std::filesystem::path reviewed{};  // see reviewed_file()
  std::filesystem::path taxonomy{};  // see find_taxonomy()
  std::filesystem::path import{};    // instead of `taxonomy`: see import_taxonomy()
  bool all_categories = false;       // not only those that assets have
  bool named_parts = false;          // also those that files name

  static const OptionList<KnownPartsOptions>& options();
};
// But for the names in files. `shipped`: the taxonomy that comes with funcorr. Throws UsageError.
KnownParts read_known_parts(const KnownPartsOptions& options, const Workspace& workspace,
                            const std::filesystem::path& shipped, const WarnOfTaxonomy& warn);

// The categories that get parts, and for people those of assets that get none. `present`: assets by category,
// "" those without one.
struct WantedCategories {
  std::set<std::string> names;
  std::vector<std::string> complaints;
};
WantedCategories wanted_categories(const KnownParts& known,
                                   const std::map<std::string, std::int64_t>& present, bool all_categories);

}  // namespace funcorr
