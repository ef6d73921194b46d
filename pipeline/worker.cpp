#include "pipeline/worker.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <system_error>

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "db/format/descriptor.h"
#include "pipeline/exit_status.h"
#include "pipeline/logging.h"
#include "pipeline/run_options.h"
#include "pipeline/sandbox.h"
#include "pipeline/worker_protocol.h"

namespace funcorr {
namespace {

using nlohmann::json;

// Peak resident memory since the last reset; opened before the sandbox closes.
class MemoryProbe {
 public:
  MemoryProbe()
      : reset_(::open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)),
        status_(::open("/proc/self/status", O_RDONLY | O_CLOEXEC)) {}

  void reset() { [[maybe_unused]] const auto written = ::pwrite(reset_.get(), "5", 1, 0); }
  std::int64_t peak_bytes() const {
    std::array<char, 4096> text{};
    const ssize_t size = ::pread(status_.get(), text.data(), text.size() - 1, 0);
    const char* line = size > 0 ? std::strstr(text.data(), "VmHWM:") : nullptr;
    return line ? std::strtoll(line + 6, nullptr, 10) * 1024 : 0;
  }

 private:
  Descriptor reset_, status_;
};

// The worker's end of the line.
class Channel {
 public:
  Channel() : jobs_(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10)) {
    ::fcntl(kAnswerDescriptor, F_SETFD, FD_CLOEXEC);
    const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ::dup2(nothing.get(), STDIN_FILENO);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
  }

  // Nothing at the end of the jobs.
  std::optional<std::string> read_line() {
    std::array<char, 65536> bytes;
    while (true) {
      if (auto line = lines_.next()) return line;
      const ssize_t size = ::read(jobs_.get(), bytes.data(), bytes.size());
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) return std::nullopt;
      lines_.add({bytes.data(), static_cast<std::size_t>(size)});
    }
  }

  void write_line(std::string line) {
    line += '\n';
    std::string_view rest = line;
    while (!rest.empty()) {
      const ssize_t size = ::write(kAnswerDescriptor, rest.data(), rest.size());
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) std::_Exit(1);  // the stage process is gone
      rest.remove_prefix(static_cast<std::size_t>(size));
    }
  }

 private:
  Descriptor jobs_;
  LineReader lines_;
};

bool is_disk_error(const std::error_code& code) {
  return code == std::errc::no_space_on_device || code == std::errc::read_only_file_system ||
         (code.category() == std::generic_category() && code.value() == EDQUOT);
}

WorkerAnswer broken(const std::string& kind, const std::string& error) {
  WorkerAnswer answer;
  answer.broken = true;
  answer.result = transient(kind, error);
  return answer;
}

WorkerAnswer do_item(RuntimeStage& stage, std::int64_t memory_bytes, const std::string& key,
                     const json& job) {
  WorkerAnswer answer;
  try {
    answer.result = stage.work(key, job);
  } catch (const std::bad_alloc&) {
    answer = broken("memory", "out of memory within the limit of memory_limit_mb = " +
                                  std::to_string(memory_bytes >> 20) + " MB");
  } catch (const EnvironmentError& error) {
    answer.result = fatal("environment", error.what());
  } catch (const UsageError& error) {
    answer.result = fatal("config", error.what());
  } catch (const std::system_error& error) {
    answer = broken("exception", error.what());
    if (is_disk_error(error.code())) answer = {{}, fatal("environment", error.what()), false, 0};
  } catch (const std::exception& error) {
    answer = broken("exception", error.what());
  } catch (...) {
    answer = broken("exception", "work() threw something that is no std::exception");
  }
  return answer;
}

std::string answer_line(WorkerAnswer answer, const std::string& key) {
  answer.key = key;
  std::string line = to_line(to_json(answer));
  if (line.size() <= kLongestLine) return line;
  const std::string size = std::to_string(line.size() >> 20);
  WorkerAnswer refused = broken(
      "answer_too_big", "the answer has " + size + " MB, at most " + std::to_string(kLongestLine >> 20) +
                            " MB go through the line to the stage; write an artifact instead");
  refused.key = key;
  refused.peak_memory_bytes = answer.peak_memory_bytes;
  return to_line(to_json(refused));
}

// The stage process decides about signals from the terminal; a worker only ever ends with it or by it.
void belong_to_stage_process() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(number, SIG_IGN);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // Should memory run out on the machine, a worker is the one to go.
  const Descriptor score(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (score.open()) [[maybe_unused]]
    const auto written = ::write(score.get(), "500", 3);
}

// The stage process passes on lines that start with a level of warning or above.
void log_to_stage_process(bool verbose) {
  log_to_stderr("%l: %v");
  spdlog::set_level(verbose ? spdlog::level::debug : spdlog::level::info);
}

void use_options(RuntimeStage& stage, const WorkerContext& from) {
  Options options =
      Options::from_json(with_shared_options(stage.option_table(), stage.run_defaults()), from.options);
  options.set_workspace(from.workspace);
  stage.use(options);
}

}  // namespace

int worker_main(RuntimeStage& stage) {
  belong_to_stage_process();
  Channel channel;
  const auto first = channel.read_line();
  if (!first) return 0;
  std::int64_t memory_bytes = 0;
  MemoryProbe memory;
  try {
    const WorkerContext from = worker_context_from_json(json::parse(*first));
    log_to_stage_process(from.verbose);
    memory_bytes = from.memory_bytes;
    use_options(stage, from);
    const bool landlock =
        enter_sandbox({{from.workspace}, from.readable, from.memory_bytes, from.file_bytes, from.sandbox});
    stage.begin_worker({{from.workspace}, from.seed, from.threads});
    channel.write_line(to_line({{"ready", true}, {"landlock", landlock}}));
  } catch (const std::exception& error) {
    channel.write_line(to_line({{"fatal", error.what()}}));
    return kWrongEnvironment;
  }
  while (const auto line = channel.read_line()) {
    const json item = json::parse(*line);
    const std::string key = item.at("key").get<std::string>();
    memory.reset();
    WorkerAnswer answer = do_item(stage, memory_bytes, key, item.at("job"));
    answer.peak_memory_bytes = memory.peak_bytes();
    channel.write_line(answer_line(std::move(answer), key));
  }
  return 0;
}

}  // namespace funcorr
