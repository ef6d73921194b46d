#pragma once

#include <string>
#include <vector>

namespace funcorr {

// Which of the known functions ("pour-with", "apply torque-with") somebody means: in any case, with spaces,
// '-' or '_' between words, without last words ("pour", "apply torque"), or as a gerund ("pouring", "cutting
// with"). One that is written out stands for itself alone. Several where it is not clear, none where nothing
// fits.
std::vector<std::string> functions_meant(const std::string& written, const std::vector<std::string>& known);

}  // namespace funcorr
