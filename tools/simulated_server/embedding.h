#pragma once

#include <string_view>
#include <vector>

namespace funcorr {

// A text's embedding: hashed words and letter trigrams, L2-normalised. [dimensions] Texts that share words or
// spelling have a high cosine, unrelated ones about 0; of meaning it knows nothing.
std::vector<float> simulated_embedding(std::string_view text, std::size_t dimensions = 256);

}  // namespace funcorr
