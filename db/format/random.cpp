#include "db/format/random.h"

#include "db/format/hash.h"

namespace funcorr {

std::uint64_t item_seed(std::uint64_t global_seed, const std::string& stage, const std::string& key) {
  const std::string text = std::to_string(global_seed) + '\n' + stage + '\n' + key;
  return std::stoull(sha256_hex(text, 16), nullptr, 16);
}

}  // namespace funcorr
