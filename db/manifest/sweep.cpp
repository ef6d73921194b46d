#include "db/manifest/sweep.h"

#include "db/manifest/connection.h"

namespace funcorr {

void replace_sweep(Manifest& manifest, const std::string& sweep, const std::vector<SweepRun>& runs) {
  WriteScope scope(manifest);
  Query(manifest, "DELETE FROM sweep_run WHERE sweep = ?", sweep).run();
  std::int64_t position = 0;
  for (const SweepRun& run : runs)
    Query(manifest,
          "INSERT INTO sweep_run (sweep, position, run, setting, changes, seed, row, fingerprint) VALUES "
          "(?, ?, ?, ?, ?, ?, ?, ?)",
          sweep, position++, run.run, run.setting, run.changes, run.seed, run.row, run.fingerprint)
        .run();
  scope.commit();
}

std::vector<SweepRun> sweep_runs(Manifest& manifest, const std::string& sweep) {
  std::vector<SweepRun> runs;
  Query query(manifest,
              "SELECT run, setting, changes, seed, row, fingerprint FROM sweep_run WHERE sweep = ? ORDER BY "
              "position",
              sweep);
  while (query.step())
    runs.push_back(
        {query.text(0), query.text(1), query.text(2), query.text(3), query.text(4), query.text(5)});
  return runs;
}

std::vector<std::string> all_sweeps(Manifest& manifest) {
  std::vector<std::string> sweeps;
  Query query(manifest, "SELECT DISTINCT sweep FROM sweep_run ORDER BY sweep");
  while (query.step()) sweeps.push_back(query.text(0));
  return sweeps;
}

}  // namespace funcorr
