#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace funcorr {

// Best match of every row of a in b and of every row of b in a by dot product, from one matrix product in
// tiles (8 MB of similarities at a time on the CPU, 256 MB on another device). Uses LibTorch's product and
// its threads.
struct MutualMatches {
  std::vector<std::int32_t> b_of_a, a_of_b;  // of equally similar ones the first
  std::vector<float> similarity_of_a, similarity_of_b;
};
// a: [n, channels], b: [m, channels], row-major; n, m ≥ 1. `both` false: only b_of_a and similarity_of_a.
// `device`: where, by a name as DeviceChoice has it; the four results are copied back once each.
MutualMatches match_mutually(const std::vector<float>& a, const std::vector<float>& b, int channels,
                             bool both = true, const std::string& device = "cpu");

// Threads of LibTorch's matrix products in this process.
void set_matching_threads(int threads);

}  // namespace funcorr
