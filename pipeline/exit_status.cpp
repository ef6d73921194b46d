#include "pipeline/exit_status.h"

#include <iostream>
#include <new>

#include "db/format/error.h"
#include "pipeline/logging.h"

namespace funcorr {

int run_main(const std::string& program, const std::function<int()>& run) {
  const auto fail = [&](const std::string& error, int status) {
    std::cerr << program << ": " << error << std::endl;
    return status;
  };
  log_to_stderr();
  try {
    return run();
  } catch (const UsageError& error) {
    return fail(error.what(), kWrongUsage);
  } catch (const std::bad_alloc&) {
    return fail("out of memory; close other programs, or use less at once", kWrongEnvironment);
  } catch (const std::exception& error) {
    return fail(error.what(), kWrongEnvironment);
  }
}

}  // namespace funcorr
