#include "db/manifest/pilot.h"

#include "db/manifest/connection.h"

namespace funcorr {

std::optional<PassedPilot> passed_pilot(Manifest& manifest, const PilotKey& key) {
  Query query(manifest,
              "SELECT answers, usable, choice FROM pilot WHERE stage = ? AND provider = ? AND model = ? AND "
              "setup = ?",
              key.stage, key.provider, key.model, key.setup);
  if (!query.step()) return std::nullopt;
  return PassedPilot{query.integer(0), query.integer(1), query.text(2)};
}

void store_passed_pilot(Manifest& manifest, const PilotKey& key, const PassedPilot& pilot) {
  WriteScope scope(manifest);
  Query(manifest,
        "INSERT OR REPLACE INTO pilot (stage, provider, model, setup, answers, usable, choice, passed) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        key.stage, key.provider, key.model, key.setup, pilot.answers, pilot.usable, pilot.choice, unix_time())
      .run();
  scope.commit();
}

}  // namespace funcorr
