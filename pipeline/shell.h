#pragma once

#include <string>
#include <vector>

namespace funcorr {

// The words as one line that a POSIX shell reads back as the same words.
std::string shell_command(const std::vector<std::string>& words);

}  // namespace funcorr
