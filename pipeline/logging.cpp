#include "pipeline/logging.h"

#include <memory>
#include <utility>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace funcorr {

void log_to(spdlog::sink_ptr sink, const std::string& pattern) {
  sink->set_pattern(pattern);
  spdlog::default_logger()->sinks() = {std::move(sink)};
}

void log_to_stderr(const std::string& pattern) {
  log_to(std::make_shared<spdlog::sinks::stderr_sink_mt>(), pattern);
}

}  // namespace funcorr
