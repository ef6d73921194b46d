#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "labeling/asking/asking.h"

namespace funcorr {

// Vectors of texts, L2-normalised; each text is asked for once.
using TextVectors = std::map<std::string, std::vector<float>>;

// Asks for those of `texts` that `vectors` lacks, and runs the asking until they are there. Returns how the
// run ended; a text that failed makes it fatal.
RunEnd add_vectors(Asking& asking, const std::set<std::string>& texts, const RequestTag& tag,
                   TextVectors& vectors);

}  // namespace funcorr
