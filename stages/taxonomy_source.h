#pragma once

#include <filesystem>

#include "labeling/taxonomy/taxonomy.h"
#include "pipeline/data_file.h"
#include "pipeline/stage.h"

namespace funcorr {

// The taxonomy that funcorr-taxonomy left in the workspace.
inline std::filesystem::path workspace_taxonomy_file(const Workspace& workspace) {
  return workspace.root / "taxonomy" / "taxonomy.json";
}

// The taxonomy of a workspace: the file that the option "taxonomy" names, else the workspace's own, else the
// one that comes with funcorr. Throws UsageError for a file that is none.
inline Taxonomy load_taxonomy(const StageContext& context) {
  const std::filesystem::path own = workspace_taxonomy_file(context.workspace);
  const bool is_set = !context.options.get_string("taxonomy").empty();
  try {
    return read_taxonomy(is_set                         ? context.options.get_path("taxonomy")
                         : std::filesystem::exists(own) ? own
                                                        : data_file("taxonomy/taxonomy.json"));
  } catch (const TaxonomyError& error) {
    throw UsageError(error.what());
  }
}

}  // namespace funcorr
