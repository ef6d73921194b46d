#include "labeling/taxonomy/known_parts.h"

#include <utility>

#include <fmt/format.h>

#include "db/format/error.h"
#include "db/format/hash.h"

namespace funcorr {

bool KnownParts::has(const std::string& category) const {
  return taxonomy.categories.contains(category) || named.contains(category);
}

bool KnownParts::is_asked(const std::string& category, AskForParts ask) const {
  const auto known = taxonomy.categories.find(category);
  if (ask == AskForParts::kNever || known == taxonomy.categories.end() || reviewed.contains(category))
    return false;
  return ask == AskForParts::kAll || known->second.parts.empty();
}

TaxonomyCategory KnownParts::entry(const std::string& category) const {
  const auto known = taxonomy.categories.find(category);
  TaxonomyCategory entry = known == taxonomy.categories.end() ? TaxonomyCategory{} : known->second;
  if (const auto rows = reviewed.find(category); rows != reviewed.end()) {
    entry.parts.clear();
    for (const PartRow& row : rows->second)
      if (row.keep) entry.parts[row.part] = row.entry;
  }
  if (const auto names = named.find(category); names != named.end())
    for (const std::string& part : names->second) entry.parts.try_emplace(part);
  return entry;
}

TaxonomyCategory KnownParts::entry_without_parts(const std::string& category) const {
  TaxonomyCategory left = entry(category);
  for (const auto& [part, known] : taxonomy.categories.at(category).parts) left.parts.erase(part);
  return left;
}

std::string KnownParts::sources(const std::string& category, AskForParts ask,
                                const std::string& prompts) const {
  std::string text = sha256_hex(to_json(entry(category)).dump(), 16);
  if (!is_asked(category, ask)) return text;
  for (const std::string& function : taxonomy.categories.at(category).functions)
    text += "\n" + function + ": " + taxonomy.functions.at(function);
  return text + prompts;
}

KnownParts known_parts(Taxonomy taxonomy, const std::filesystem::path& reviewed) {
  KnownParts known{.taxonomy = std::move(taxonomy)};
  if (!reviewed.empty())
    for (PartRow& row : read_part_table(reviewed)) known.reviewed[row.category].push_back(row);
  return known;
}

const OptionList<KnownPartsOptions>& KnownPartsOptions::options() {
  static const OptionList<KnownPartsOptions> list{
      option("reviewed", &KnownPartsOptions::reviewed)
          .help(
              "review table as a person hands it back; empty: taxonomy/parts-reviewed.csv where it is there")
          .leaves_results(),
      option("taxonomy", &KnownPartsOptions::taxonomy)
          .help("taxonomy file (JSON); empty: the workspace's, or the one that comes with funcorr")
          .leaves_results(),
      option("import", &KnownPartsOptions::import)
          .help("folder of the paper's release to take the taxonomy from instead")
          .leaves_results(),
      option("all_categories", &KnownPartsOptions::all_categories)
          .help("take every category of the taxonomy, not only those that assets have")
          .leaves_results(),
      option("named_parts", &KnownPartsOptions::named_parts)
          .help("take also the parts that assets name in their files, without functions")
          .leaves_results()};
  return list;
}

KnownParts read_known_parts(const KnownPartsOptions& options, const Workspace& workspace,
                            const std::filesystem::path& shipped, const WarnOfTaxonomy& warn) {
  if (!options.taxonomy.empty() && !options.import.empty())
    throw UsageError("parts: give either taxonomy or import, not both");
  return known_parts(options.import.empty() ? find_taxonomy(options.taxonomy, workspace, shipped)
                                            : import_taxonomy(options.import, warn),
                     reviewed_file(options.reviewed, part_review(workspace)));
}

WantedCategories wanted_categories(const KnownParts& known,
                                   const std::map<std::string, std::int64_t>& present, bool all_categories) {
  WantedCategories wanted;
  for (const auto& [category, count] : present)
    if (known.has(category))
      wanted.names.insert(category);
    else if (category.empty())
      wanted.complaints.push_back(fmt::format("{} assets have no category and get no parts", count));
    else
      wanted.complaints.push_back(fmt::format(
          "category \"{}\" ({} assets) is not in the taxonomy and gets no parts", category, count));
  if (all_categories)
    for (const auto& [category, entry] : known.taxonomy.categories) wanted.names.insert(category);
  return wanted;
}

}  // namespace funcorr
