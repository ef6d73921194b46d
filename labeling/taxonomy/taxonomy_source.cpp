#include "labeling/taxonomy/taxonomy_source.h"

#include <utility>

#include "db/format/error.h"
#include "labeling/taxonomy/review_table.h"

namespace funcorr {

const OptionList<TaxonomySourceOptions>& TaxonomySourceOptions::options() {
  static const OptionList<TaxonomySourceOptions> list{
      option("source", &TaxonomySourceOptions::source)
          .help("the taxonomy that comes with funcorr, a file or folder to import, or a language model"),
      option("import", &TaxonomySourceOptions::import)
          .help("taxonomy file (JSON), or a folder of the paper's release")
          .leaves_results(),
      option("reviewed", &TaxonomySourceOptions::reviewed)
          .help("review table as a person hands it back; empty: taxonomy/reviewed.csv where it is there")
          .leaves_results()};
  return list;
}

Taxonomy import_taxonomy(const std::filesystem::path& path, const WarnOfTaxonomy& warn) {
  if (!std::filesystem::is_directory(path)) return read_taxonomy(path);
  ImportedTaxonomy imported = import_release_taxonomy(path);
  for (const std::string& warning : imported.warnings) warn(warning);
  return std::move(imported.taxonomy);
}

bool asks_for_taxonomy(const TaxonomySourceOptions& options, const Workspace& workspace) {
  return options.source == TaxonomySource::kLlm &&
         reviewed_file(options.reviewed, function_review(workspace)).empty();
}

Taxonomy read_taxonomy_source(const TaxonomySourceOptions& options, const Workspace& workspace,
                              const std::filesystem::path& shipped, const WarnOfTaxonomy& warn) {
  const std::filesystem::path reviewed = reviewed_file(options.reviewed, function_review(workspace));
  if (!reviewed.empty()) return taxonomy_from(read_function_table(reviewed));
  if (options.source == TaxonomySource::kShipped) return read_taxonomy(shipped);
  if (options.import.empty())
    throw UsageError("import: name the file or folder that source = \"import\" reads");
  return import_taxonomy(options.import, warn);
}

}  // namespace funcorr
