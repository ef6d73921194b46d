#include "labeling/taxonomy/known_parts.h"

#include <utility>

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

}  // namespace funcorr
