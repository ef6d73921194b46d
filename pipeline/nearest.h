#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace funcorr {

// The known name that a mistyped one most likely meant, by edit distance (insert, delete, replace, swap of
// neighbours; at most a third of its length); empty where none is near.
std::string nearest(std::string_view mistyped, const std::vector<std::string>& known);

// "; did you mean 'samples'?", or nothing.
std::string did_you_mean(std::string_view mistyped, const std::vector<std::string>& known);

}  // namespace funcorr
