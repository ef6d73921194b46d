#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace funcorr {

// What a file is that a download left in place of the binary one that was meant, for people: a Git LFS
// pointer, a web page or an error in XML, other text. Empty where it may be the file itself.
std::string stand_in_for_file(std::span<const std::byte> bytes);

}  // namespace funcorr
