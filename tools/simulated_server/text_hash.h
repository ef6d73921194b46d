#pragma once

#include <cstdint>
#include <string_view>

#include "db/format/hash.h"
#include "db/format/random.h"

namespace funcorr {

// 64 bits of a text, mixed in eight bytes at a time. What the simulated models answer follows from these
// values: they stay as they are.
inline std::uint64_t text_hash(std::string_view text) {
  std::uint64_t hash = kFnvStart ^ text.size();
  while (!text.empty()) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < 8 && i < text.size(); ++i)
      word |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[i])) << (8 * i);
    hash = mix64(hash ^ word);
    text.remove_prefix(text.size() < 8 ? text.size() : 8);
  }
  return hash;
}

}  // namespace funcorr
