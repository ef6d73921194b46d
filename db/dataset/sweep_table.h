#pragma once

#include <filesystem>
#include <string>

#include "db/dataset/workspace.h"

namespace funcorr {

// eval/sweeps/<sweep>.csv and .json: what a sweep came to.
inline std::filesystem::path sweep_table_path(const Workspace& workspace, const std::string& sweep,
                                              const std::string& extension) {
  return workspace.eval() / "sweeps" / (encode_file_name(sweep) + "." + extension);
}

}  // namespace funcorr
