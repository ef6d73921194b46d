#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "db/manifest/manifest.h"

namespace funcorr {

// What a pilot was made with: who asks whom, and a hash of all else that its answers depend on.
struct PilotKey {
  std::string stage, provider, model, setup;
};
struct PassedPilot {
  std::int64_t answers = 0, usable = 0;
  std::string choice{};  // what it chose, where it had to: a box format
};

std::optional<PassedPilot> passed_pilot(Manifest& manifest, const PilotKey& key);
// Instead of an earlier one.
void store_passed_pilot(Manifest& manifest, const PilotKey& key, const PassedPilot& pilot);

}  // namespace funcorr
