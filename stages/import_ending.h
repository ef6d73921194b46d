#pragma once

#include <filesystem>

#include "pipeline/result.h"
#include "render/import/import.h"

namespace funcorr {

// A file that is not there or that changes while it is read may be whole the next time; all else is the
// asset's own fault.
inline Ending ending_of(const ImportError& error, const AssetSource& source) {
  std::error_code unknown;
  const bool may_pass =
      error.kind == "changed_while_read" || !std::filesystem::exists(source.folder / source.path, unknown);
  return may_pass ? transient(error.kind, error.what()) : rejected(error.kind, error.what());
}

}  // namespace funcorr
