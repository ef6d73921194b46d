#pragma once

#include <string>
#include <string_view>

namespace funcorr {

// Names of training runs that begin so are those of sweeps; a person's own runs have others.
inline constexpr std::string_view kSweepPrefix = "sweep.";
inline bool is_sweep_run(std::string_view run) { return run.starts_with(kSweepPrefix); }

// The sweep of the paper's ablations and weights (funcorr paper).
inline constexpr const char* kPaperSweep = "paper";

// What every other setting of a sweep is compared with: the configuration as it is.
inline constexpr const char* kBaseSetting = "base";

// A training run of a sweep: one of its settings with one of its seeds.
struct SweepRun {
  std::string run;      // its name
  std::string setting;  // for people: kBaseSetting, "spatial_weight=10, temperature=0.05", or a name
  std::string changes;  // what it changes of the base: "full,spatial_weight=10" (RunSpec::changes())
  std::string seed;     // of weights and batches; empty: the configuration's own
  std::string row;      // of the results table as which it is measured
  // Of its item of train, as the sweep wants it: an older training of that name is none of the sweep's.
  std::string fingerprint;
};

}  // namespace funcorr
