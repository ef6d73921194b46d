#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace funcorr::tests {

// What each target defines: reads the input as it would what strangers wrote. Throws std::runtime_error for
// what it refuses. A find is anything else that is thrown, a sanitizer's report, and more time or memory than
// tools/run-fuzz grants.
void read_untrusted(std::string_view input);

// Throws std::logic_error "promised: …", a find, where what a reader let through is not as it says.
void promise(bool holds, const std::string& what);

std::span<const std::byte> bytes_of(std::string_view input);

// The input as a file of that name in a folder of this process, for readers that map or open one.
std::filesystem::path as_file(std::string_view input, const std::string& name);

}  // namespace funcorr::tests
