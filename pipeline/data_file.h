#pragma once

#include <filesystem>
#include <string>

namespace funcorr {

// The folder of the data files that come with funcorr (taxonomy, presets): $FUNCORR_DATA, else
// <folder of the executable>/../share/funcorr. Throws EnvironmentError naming the places when neither is
// there.
std::filesystem::path data_folder();

// One of them: data_file("taxonomy/functions.json"). Throws EnvironmentError when it is missing.
std::filesystem::path data_file(const std::filesystem::path& name);

// This program's file, links resolved.
std::filesystem::path executable_file();

}  // namespace funcorr
