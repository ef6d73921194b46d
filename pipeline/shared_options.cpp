#include "pipeline/shared_options.h"

namespace funcorr {

OptionTable shared_options(const RunOptions& defaults) {
  return OptionTable(RunOptions::options().described(defaults));
}

OptionTable with_shared_options(const OptionTable& own, const RunOptions& defaults) {
  OptionTable all = own;
  const OptionTable shared_table = shared_options(defaults);
  for (const Option& option : shared_table.options()) {
    if (!own.find(option.name)) all.add(option);
  }
  return all;
}

}  // namespace funcorr
