#pragma once

#include <filesystem>

namespace funcorr::tests {

// A run's folder with random weights of a small model (small_run.h), with a mask head or without. Free of
// LibTorch.
void write_run_on_disk(const std::filesystem::path& folder, bool mask_head = true);

}  // namespace funcorr::tests
