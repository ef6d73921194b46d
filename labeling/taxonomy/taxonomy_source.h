#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <string>

#include "db/dataset/workspace.h"
#include "db/format/options.h"
#include "labeling/taxonomy/taxonomy.h"

namespace funcorr {

// Where a workspace's functions and categories come from.
enum class TaxonomySource { kShipped, kImport, kLlm };
constexpr auto names_of(TaxonomySource) {
  return std::to_array<EnumName<TaxonomySource>>({{TaxonomySource::kShipped, "shipped"},
                                                  {TaxonomySource::kImport, "import"},
                                                  {TaxonomySource::kLlm, "llm"}});
}

struct TaxonomySourceOptions {
  TaxonomySource source = TaxonomySource::kShipped;
  std::filesystem::path import{};    // a taxonomy file, or a folder of the paper's release
  std::filesystem::path reviewed{};  // see reviewed_file()

  static const OptionList<TaxonomySourceOptions>& options();
};

using WarnOfTaxonomy = std::function<void(const std::string& warning)>;

// A taxonomy file, or a folder of the paper's release, whose entries that lead nowhere are told to `warn`.
Taxonomy import_taxonomy(const std::filesystem::path& path, const WarnOfTaxonomy& warn);

// Is a language model to be asked? It is not, once a person has handed back what it said.
bool asks_for_taxonomy(const TaxonomySourceOptions& options, const Workspace& workspace);
// Where no model is asked. `shipped`: the taxonomy that comes with funcorr. Throws UsageError.
Taxonomy read_taxonomy_source(const TaxonomySourceOptions& options, const Workspace& workspace,
                              const std::filesystem::path& shipped, const WarnOfTaxonomy& warn);

}  // namespace funcorr
