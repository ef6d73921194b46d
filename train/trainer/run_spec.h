#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "db/format/named_enum.h"
#include "db/format/options.h"
#include "train/trainer/training_config.h"

namespace funcorr {

// The rows of the paper's table and their ablations.
enum class RunKind {
  kFull,        // functional, spatial and mask loss
  kFullNoMask,  // without mask loss and mask head
  kFunctional,  // without spatial loss
  kSpatial,     // without functional loss
  kFullPaper,   // full, with the paper's equation (1) in place of the release's functional loss
};
constexpr auto names_of(RunKind) {
  return std::to_array<EnumName<RunKind>>({{RunKind::kFull, "full"},
                                           {RunKind::kFullNoMask, "full-no-mask"},
                                           {RunKind::kFunctional, "functional"},
                                           {RunKind::kSpatial, "spatial"},
                                           {RunKind::kFullPaper, "full-paper"}});
}

// A training run by name, as the option `runs` lists it: "name", "name=kind" or either followed by
// ":key=value:key=value" (a comma parts the entries of a list). A name that is no kind is one of `full`. Keys
// are the options of training (TrainingConfig::options()), functional_loss and seed.
struct RunSpec {
  std::string name;
  RunKind kind = RunKind::kFull;
  std::map<std::string, std::string> overrides;

  // "kind,key=value,key=value": all of it but the name, for fingerprints.
  std::string changes() const;
};

// The runs to train.
struct RunList {
  std::vector<std::string> entries{"full", "full-no-mask", "functional", "spatial"};
  static const OptionList<RunList>& options();
};

// Throws UsageError that names the entry and what is wrong with it.
RunSpec parse_run(const std::string& entry);
// Likewise, also for a value that the option of its key does not allow, a name that stands twice or is one of
// a sweep's (is_sweep_run()).
std::vector<RunSpec> parse_runs(const std::vector<std::string>& entries);
// Changes `config` as the spec says, with a mask head where there is a mask loss; relative paths are resolved
// against `root`. Throws UsageError for an unknown key or a value that is not allowed.
void apply(const RunSpec& spec, TrainingConfig& config, const std::filesystem::path& root = {});

// A value as it is written in one way only: "3" for "3.0" and "3e0". Throws UsageError for an unknown key or
// a value that is not allowed.
std::string canonical_value(const std::string& key, const std::string& text);
// The config's value of a key, so written.
std::string value_in(const TrainingConfig& config, const std::string& key);

}  // namespace funcorr
