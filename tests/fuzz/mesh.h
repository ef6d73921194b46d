#pragma once

#include <string>
#include <string_view>

namespace funcorr::tests {

// Imports the input as a file of that name, beside which lie picture.png and, for "input.mtl", an input.obj
// that uses it. Checks that a scene that is let through holds what the renderer relies on. Throws
// ImportError.
void import_untrusted(std::string_view input, const std::string& name);

}  // namespace funcorr::tests
